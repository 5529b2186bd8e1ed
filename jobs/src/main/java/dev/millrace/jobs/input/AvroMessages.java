package dev.millrace.jobs.input;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import java.io.EOFException;
import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.function.Function;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Messages of one Avro record each, written with this or another version of the schema.
 *
 * @param <T> the record
 */
final class AvroMessages<T extends SpecificRecord> implements MessageDecoder {

  private static final long serialVersionUID = 1L;

  /** Turns a record into a row. */
  private interface ToRow<T> extends Function<T, SourceRow>, java.io.Serializable {}

  private final Class<T> type;
  private final WriterSchemas writers;
  private final ToRow<T> toRow;
  private transient @Nullable IdentityHashMap<Schema, SpecificDatumReader<T>> readers;
  private transient @Nullable BinaryDecoder decoder;

  private AvroMessages(Class<T> type, WriterSchemas writers, ToRow<T> toRow) {
    this.type = type;
    this.writers = writers;
    this.toRow = toRow;
  }

  /** Messages of {@link Interaction}. */
  static AvroMessages<Interaction> interactions(WriterSchemas writers, RowClassifier classifier) {
    return new AvroMessages<>(Interaction.class, writers, classifier::classify);
  }

  /** Messages of {@link Item}. */
  static AvroMessages<Item> items(WriterSchemas writers) {
    return new AvroMessages<>(Item.class, writers, SourceRow::of);
  }

  @Override
  public SourceRow decode(byte[] message) throws IOException, UnreadableRowException {
    SpecificDatumReader<T> reader = reader(writers.of(message));
    int header = writers.headerBytes();
    BinaryDecoder ready =
        DecoderFactory.get().binaryDecoder(message, header, message.length - header, decoder);
    decoder = ready;
    T row;
    try {
      row = reader.read(null, ready);
      if (!ready.isEnd()) {
        throw new UnreadableRowException(
            "After the record come more bytes. It was written with another schema, or it is broken.");
      }
    } catch (EOFException cutOff) {
      throw new UnreadableRowException(
          "It ends within the record. It was written with another schema, or it is cut off.");
    } catch (IOException
        | AvroRuntimeException
        | IndexOutOfBoundsException
        | ClassCastException
        | IllegalArgumentException
        | UnsupportedOperationException broken) {
      // The last four are what Avro's decoders throw when bytes make no sense.
      throw new UnreadableRowException(
          "It is no Avro of this schema: " + broken.getMessage() + ".");
    }
    return toRow.apply(row);
  }

  private SpecificDatumReader<T> reader(Schema writer) {
    IdentityHashMap<Schema, SpecificDatumReader<T>> made = readers;
    if (made == null) {
      made = new IdentityHashMap<>();
      readers = made;
    }
    return made.computeIfAbsent(
        writer,
        schema ->
            new SpecificDatumReader<>(
                schema, SpecificData.get().getSchema(type), SpecificData.getForClass(type)));
  }
}
