package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.avro.Schema;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.jspecify.annotations.Nullable;

/** Records as bytes: by Avro itself, which is the reference, and by way of Arrow IPC. */
final class Wire {

  private Wire() {}

  static GenericData generic() {
    return withTimes(new GenericData());
  }

  static SpecificData specific() {
    return withTimes(new SpecificData());
  }

  private static <D extends GenericData> D withTimes(D data) {
    data.addLogicalTypeConversion(new TimeConversions.TimestampMillisConversion());
    return data;
  }

  /** A record of a class as a generic one. */
  static GenericRecord generic(IndexedRecord record) throws IOException {
    byte[] bytes = encode(specific(), record);
    return (GenericRecord) decode(generic(), bytes, record.getSchema(), record.getSchema());
  }

  /**
   * What Avro makes of a record that was written with one schema and is read with another.
   *
   * @param data which kind of record comes out
   */
  static Object throughAvro(GenericRecord record, Schema reader, GenericData data)
      throws IOException {
    return decode(data, encode(generic(), record), record.getSchema(), reader);
  }

  private static byte[] encode(GenericData data, IndexedRecord record) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    @SuppressWarnings("unchecked")
    DatumWriter<Object> output = data.createDatumWriter(record.getSchema());
    output.write(record, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  private static Object decode(GenericData data, byte[] bytes, Schema writer, Schema reader)
      throws IOException {
    @SuppressWarnings("unchecked")
    DatumReader<Object> input = data.createDatumReader(writer, reader);
    return input.read(null, DecoderFactory.get().binaryDecoder(bytes, null));
  }

  static byte[] ipc(VectorSchemaRoot root) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ArrowStreamWriter writer = new ArrowStreamWriter(root, null, bytes)) {
      writer.writeBatch();
    }
    return bytes.toByteArray();
  }

  /** Writes with one layout, reads with another; between the two are only bytes. */
  static <W extends IndexedRecord, R extends IndexedRecord> List<R> throughArrow(
      RecordLayout<W> writer,
      List<? extends W> records,
      RecordLayout<R> reader,
      BufferAllocator allocator)
      throws IOException {
    byte[] bytes;
    try (VectorSchemaRoot root = writer.write(records, allocator)) {
      bytes = ipc(root);
    }
    try (ArrowStreamReader stream =
        new ArrowStreamReader(new ByteArrayInputStream(bytes), allocator)) {
      if (!stream.loadNextBatch()) {
        throw new IOException("No batch in the stream.");
      }
      return List.copyOf(reader.reader(stream.getVectorSchemaRoot()).rows());
    }
  }

  /**
   * Compares record by record, so that a failure shows one. Not by the records' own {@code equals},
   * to which NaN is not NaN and 0.0 is -0.0.
   */
  static void assertSame(String description, List<?> actual, List<?> expected) {
    assertThat(actual).as(description).hasSameSizeAs(expected);
    for (int row = 0; row < actual.size(); row++) {
      assertThat(plain(actual.get(row)))
          .as("%s, row %d", description, row)
          .isEqualTo(plain(expected.get(row)));
      assertThat(actual.get(row)).hasSameClassAs(expected.get(row));
    }
  }

  private static @Nullable Object plain(@Nullable Object value) {
    if (value instanceof IndexedRecord record) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      record.getSchema().getFields().forEach(f -> fields.put(f.name(), plain(record.get(f.pos()))));
      return fields;
    }
    if (value instanceof Collection<?> items) {
      return items.stream().map(Wire::plain).toList();
    }
    if (value instanceof CharSequence || value instanceof GenericEnumSymbol) {
      return value.toString();
    }
    return value;
  }
}
