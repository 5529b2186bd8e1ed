package dev.millrace.jobs.input;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.zip.ZipException;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.formats.avro.utils.FSDataInputStreamWrapper;
import org.jspecify.annotations.Nullable;

/**
 * Avro container files, written with this or another version of the schema. A broken block is one
 * dead letter, and reading goes on with the next block; a gzip around the file cannot be searched
 * for it, so there reading ends.
 *
 * @param <T> the record
 */
final class AvroFormat<T> implements RecordFormat {

  private static final long serialVersionUID = 1L;

  /** Turns a record into a row. */
  private interface ToRow<T> extends Function<T, SourceRow>, java.io.Serializable {}

  private final String schema;
  private final ToRow<T> toRow;

  private AvroFormat(Schema schema, ToRow<T> toRow) {
    this.schema = schema.toString();
    this.toRow = toRow;
  }

  /** Files of {@link Interaction}. */
  static AvroFormat<Interaction> interactions(RowClassifier classifier) {
    return new AvroFormat<>(Interaction.getClassSchema(), classifier::classify);
  }

  /** Files of {@link Item}. */
  static AvroFormat<Item> items() {
    return new AvroFormat<>(Item.getClassSchema(), SourceRow::of);
  }

  @Override
  public RecordReader open(Path file) throws IOException {
    Schema expected = new Schema.Parser().parse(schema);
    SpecificDatumReader<T> datums = new SpecificDatumReader<>(expected);
    String source = file.getPath();
    try {
      return InputFiles.gzip(file)
          ? openStream(file, source, datums)
          : openSearchable(file, source, datums);
    } catch (IOException | AvroRuntimeException noContainer) {
      if (noContainer instanceof IOException io && !brokenFile(io)) {
        throw io;
      }
      return new Unreadable(
          source, reason("The file is no Avro file, or its head is broken", noContainer));
    }
  }

  /** Whether the bytes are to blame, and not the way to them. */
  private static boolean brokenFile(IOException failure) {
    return failure instanceof EOFException
        || failure instanceof ZipException
        || String.valueOf(failure.getMessage()).contains("Not an Avro data file")
        || String.valueOf(failure.getMessage()).contains("Not a data file");
  }

  private Reader openStream(Path file, String source, SpecificDatumReader<T> datums)
      throws IOException {
    EndWatch in = new EndWatch(InputFiles.open(file));
    try {
      return new Reader(source, new DataFileStream<>(in, datums), () -> in.brokeOff);
    } catch (IOException | RuntimeException failed) {
      in.close();
      throw failed;
    }
  }

  private Reader openSearchable(Path file, String source, SpecificDatumReader<T> datums)
      throws IOException {
    FileSystem files = file.getFileSystem();
    long length = files.getFileStatus(file).getLen();
    FSDataInputStreamWrapper in = new FSDataInputStreamWrapper(files.open(file), length);
    try {
      DataFileReader<T> container = new DataFileReader<>(in, datums);
      return new Reader(source, container, () -> container.previousSync() < length);
    } catch (IOException | RuntimeException failed) {
      in.close();
      throw failed;
    }
  }

  private static String reason(String what, Exception failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    return what + " (" + (message == null ? cause.getClass().getSimpleName() : message) + ").";
  }

  private final class Reader implements RecordReader {
    private final String source;
    private final DataFileStream<T> container;
    private final BooleanSupplier endsEarly;
    private boolean over;

    /**
     * @param endsEarly whether the file broke off, asked when Avro says that it is at its end: to
     *     Avro, a block that is cut is an end like any other
     */
    Reader(String source, DataFileStream<T> container, BooleanSupplier endsEarly) {
      this.source = source;
      this.container = container;
      this.endsEarly = endsEarly;
    }

    @Override
    public @Nullable SourceRow next() throws IOException {
      if (over) {
        return null;
      }
      long block = blockStart();
      T datum;
      try {
        if (!container.hasNext()) {
          over = true;
          return endsEarly.getAsBoolean()
              ? DeadLetters.unreadable(
                  source,
                  Math.max(block, 0),
                  new byte[0],
                  "The file ends within the block at this byte. The rows before it were read.")
              : null;
        }
        block = blockStart();
        datum = container.next();
      } catch (AvroRuntimeException
          | IndexOutOfBoundsException
          | ClassCastException
          | IllegalArgumentException broken) {
        // The last three are what Avro's decoders throw when bytes make no sense.
        return broken(block, broken);
      }
      return toRow.apply(datum);
    }

    private SourceRow broken(long block, Exception failure) {
      String rest = "The rows that follow it in the file are lost.";
      over = true;
      if (container instanceof DataFileReader<T> searchable) {
        long from = Math.max(block, 0) + 1;
        try {
          searchable.sync(from);
          over = searchable.previousSync() <= block || searchable.tell() <= from;
        } catch (IOException | AvroRuntimeException noneFollows) {
          over = true;
        }
        if (!over) {
          rest = "Reading goes on with the next block.";
        }
      }
      return DeadLetters.unreadable(
          source,
          Math.max(block, 0),
          new byte[0],
          reason("The block at this byte is broken", failure) + " " + rest);
    }

    private long blockStart() {
      return container instanceof DataFileReader<T> searchable ? searchable.previousSync() : -1;
    }

    @Override
    public void close() throws IOException {
      container.close();
    }
  }

  /** Remembers whether decompression met the end too early; Avro does not tell. */
  private static final class EndWatch extends FilterInputStream {
    private boolean brokeOff;

    EndWatch(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        return super.read(bytes, offset, length);
      } catch (EOFException | ZipException broken) {
        brokeOff = true;
        throw broken;
      }
    }
  }

  /** A file that is one dead letter. */
  private static final class Unreadable implements RecordReader {
    private final String source;
    private @Nullable String reason;

    Unreadable(String source, String reason) {
      this.source = source;
      this.reason = reason;
    }

    @Override
    public @Nullable SourceRow next() {
      String why = reason;
      reason = null;
      return why == null ? null : DeadLetters.unreadable(source, 0, new byte[0], why);
    }

    @Override
    public void close() {}
  }
}
