package dev.millrace.jobs.backfill;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.jobs.output.JsonValues;
import dev.millrace.jobs.output.KeepOpenStream;
import dev.millrace.jobs.output.TableOutput;
import dev.millrace.jobs.output.TableWriter;
import dev.millrace.operators.DeadLetters;
import dev.millrace.schemas.DeadLetter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumWriter;
import org.jspecify.annotations.Nullable;

/** A part that is being written. Used by one thread. Closing it before it is done takes it back. */
final class PartFile implements AutoCloseable {

  private static final JsonFactory JSON = new JsonFactory();
  private static final String AVRO = ".avro";

  private final Part part;
  private final String source;
  private final RunFolder folder;
  private final TableOutput output;
  private final List<String> columns;
  private final String vectorColumn;
  private final List<DeadLetter> letters = new ArrayList<>();
  private RunFolder.@Nullable Pending file;
  private @Nullable TableWriter writer;
  private @Nullable Schema schema;
  private long rows;
  private long withoutVector;

  /**
   * @param source the file of the input
   * @param columns those that are written beside the vectors
   */
  PartFile(
      Part part,
      String source,
      RunFolder folder,
      TableOutput output,
      List<String> columns,
      String vectorColumn) {
    this.part = part;
    this.source = source;
    this.folder = folder;
    this.output = output;
    this.columns = columns;
    this.vectorColumn = vectorColumn;
  }

  Part part() {
    return part;
  }

  /** Writes the rows of a batch, which stays the caller's, with their vectors. */
  void write(ArrowBatch batch) throws IOException {
    List<FieldVector> all = batch.root().getFieldVectors();
    int last = all.size() - 1;
    VarBinaryVector failures =
        all.get(last) instanceof VarBinaryVector binary
                && binary.getName().equals(DeadLetters.COLUMN)
            ? binary
            : null;
    List<FieldVector> written = new ArrayList<>();
    columns.forEach(name -> written.add(batch.requireColumn(name)));
    written.add(all.get(failures == null ? last : last - 1));
    Schema named = schema == null ? schema(written) : schema;
    if (writer == null) {
      schema = named;
      file = folder.create(folder.output(), part.name() + output.ending());
      writer = output.open(file.out(), named);
    }
    VectorSchemaRoot root = new VectorSchemaRoot(named, written, batch.rowCount());
    writer.write(root);
    rows += batch.rowCount();
    withoutVector += written.get(written.size() - 1).getNullCount();
    if (failures != null) {
      addLetters(failures, (BigIntVector) batch.requireColumn(PartMark.ROW), root);
    }
  }

  private Schema schema(List<FieldVector> written) {
    List<Field> fields = new ArrayList<>();
    written.forEach(column -> fields.add(column.getField()));
    Field vectors = fields.remove(fields.size() - 1);
    fields.add(
        new Field(vectorColumn, FieldType.nullable(vectors.getType()), vectors.getChildren()));
    return new Schema(fields);
  }

  private void addLetters(VarBinaryVector failures, BigIntVector places, VectorSchemaRoot root)
      throws IOException {
    for (int row = 0; row < failures.getValueCount(); row++) {
      if (!failures.isNull(row)) {
        DeadLetter letter = DeadLetter.getDecoder().decode(failures.get(row));
        letter.setSource(source);
        letter.setPosition(places.get(row) + 1);
        letter.setPayload(ByteBuffer.wrap(asJson(root, row)));
        letters.add(letter);
      }
    }
  }

  /** The row as a line of JSON, without its vector. */
  private byte[] asJson(VectorSchemaRoot root, int row) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      for (int column = 0; column < columns.size(); column++) {
        json.writeFieldName(columns.get(column));
        JsonValues.write(json, root.getVector(column), row);
      }
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  /**
   * Gives the files their names and makes the entry.
   *
   * @param end the part's last mark
   * @param rowsRead how many rows the part has
   */
  PartDone finish(PartMark end, long rowsRead) throws IOException {
    letters.addAll(0, end.unreadable());
    if (rows + end.rowsLeftOut() + end.unreadable().size() != rowsRead) {
      throw new IOException(
          part.name()
              + " has "
              + rowsRead
              + " rows, and "
              + rows
              + " came to be written, "
              + end.rowsLeftOut()
              + " were left out and "
              + end.unreadable().size()
              + " were unreadable: rows were lost on the way.");
    }
    writeLetters();
    String name = null;
    if (writer != null && file != null) {
      writer.close();
      writer = null;
      file.commit();
      name = part.name() + output.ending();
    }
    PartDone done =
        new PartDone(
            rowsRead,
            end.rowsLeftOut(),
            end.unreadable().size(),
            rows,
            withoutVector,
            letters.size(),
            name);
    folder.done(part, done);
    return done;
  }

  private void writeLetters() throws IOException {
    if (letters.isEmpty()) {
      return;
    }
    folder.letters().getFileSystem().mkdirs(folder.letters());
    try (RunFolder.Pending pending = folder.create(folder.letters(), part.name() + AVRO)) {
      try (DataFileWriter<DeadLetter> container =
          new DataFileWriter<>(new SpecificDatumWriter<>(DeadLetter.class))) {
        container.create(DeadLetter.getClassSchema(), new KeepOpenStream(pending.out()));
        for (DeadLetter letter : letters) {
          container.append(letter);
        }
      }
      pending.commit();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (writer != null) {
        writer.close();
        writer = null;
      }
    } finally {
      if (file != null) {
        file.close();
      }
    }
  }
}
