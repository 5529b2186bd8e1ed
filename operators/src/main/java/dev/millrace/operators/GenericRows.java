package dev.millrace.operators;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.formats.avro.typeutils.AvroSerializer;
import org.apache.flink.types.StringValue;
import org.jspecify.annotations.Nullable;

/**
 * Makes Avro's generic records of an older schema records of the job's.
 *
 * <p>Flink's serializer resolves the schemas of generated classes when it reads, but leaves a
 * generic record as it was written, and would then write its fields by their places in the newer
 * schema.
 *
 * @param <S> what may be a generic record
 */
final class GenericRows<S> {

  /** Null if the rows are no generic records. */
  private final @Nullable Schema schema;

  /**
   * @param serializer of the job's rows
   */
  GenericRows(TypeSerializer<S> serializer) {
    this.schema =
        serializer instanceof AvroSerializer<S> avro && avro.getType().equals(GenericRecord.class)
            ? schemaOf(avro)
            : null;
  }

  /** The snapshot of the serializer is the one public place that has it. */
  private static Schema schemaOf(AvroSerializer<?> serializer) {
    DataOutputSerializer written = new DataOutputSerializer(1024);
    try {
      serializer.snapshotConfiguration().writeSnapshot(written);
      DataInputDeserializer in = new DataInputDeserializer(written.getCopyOfBuffer());
      String unusedClassName = StringValue.readString(in);
      return new Schema.Parser().parse(StringValue.readString(in));
    } catch (IOException impossible) {
      throw new UncheckedIOException("A serializer's snapshot could not be read", impossible);
    }
  }

  /** The row in the job's schema. */
  @SuppressWarnings("unchecked")
  S resolve(S row) {
    if (schema == null
        || !(row instanceof GenericRecord generic)
        || generic.getSchema().equals(schema)) {
      return row;
    }
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
      new GenericDatumWriter<GenericRecord>(generic.getSchema()).write(generic, encoder);
      encoder.flush();
      return (S)
          new GenericDatumReader<GenericRecord>(generic.getSchema(), schema)
              .read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null));
    } catch (IOException failure) {
      throw new UncheckedIOException(
          "A row of the checkpoint could not be resolved to the schema " + schema.getFullName(),
          failure);
    }
  }
}
