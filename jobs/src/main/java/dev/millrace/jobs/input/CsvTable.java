package dev.millrace.jobs.input;

import dev.millrace.schemas.DeadLetter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * CSV with a header. Every column is of strings, as they are written; an empty field is an empty
 * string. A column without a name is called by its place.
 */
public final class CsvTable implements TableFormat {

  private static final long serialVersionUID = 1L;

  @Override
  public Table inspect(List<Path> files) throws IOException {
    List<String> columns = null;
    List<Long> rows = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    Path first = files.get(0);
    for (Path file : files) {
      try (Reader reader = new Reader(file, new Schema(List.of()))) {
        if (columns == null) {
          columns = reader.names;
          first = file;
          reader.unnamed.forEach(
              name -> notes.add("A column without a name is called '" + name + "'."));
        } else if (!reader.names.isEmpty()
            && !Set.copyOf(columns).equals(Set.copyOf(reader.names))) {
          throw new IOException(different(first, columns, file, reader.names));
        }
        long count = 0;
        while (reader.skip()) {
          count++;
        }
        rows.add(count);
      }
    }
    List<Field> fields =
        Objects.requireNonNull(columns).stream()
            .map(name -> Field.nullable(name, ArrowType.Utf8.INSTANCE))
            .toList();
    return new Table(new Schema(fields), rows, notes);
  }

  private static String different(
      Path first, List<String> columns, Path other, List<String> otherColumns) {
    List<String> missing = new ArrayList<>(columns);
    missing.removeAll(otherColumns);
    List<String> more = new ArrayList<>(otherColumns);
    more.removeAll(columns);
    return other.getPath()
        + " has other columns than "
        + first.getPath()
        + ":"
        + (missing.isEmpty() ? "" : " it lacks " + String.join(", ", missing))
        + (missing.isEmpty() || more.isEmpty() ? "" : ", and")
        + (more.isEmpty() ? "" : " it has " + String.join(", ", more) + " more")
        + ". Give files of one kind to one run.";
  }

  @Override
  public TableReader open(Path file, Schema columns, long fromRow) throws IOException {
    Reader reader = new Reader(file, columns);
    try {
      reader.skip(file.getPath(), fromRow);
      return reader;
    } catch (IOException | RuntimeException failed) {
      reader.close();
      throw failed;
    }
  }

  private static final class Reader extends RowTable {
    private final String source;
    private final CsvRecords records;
    private final List<String> names;
    private final List<String> unnamed = new ArrayList<>();
    private final int[] places;
    private CsvRecords.@Nullable Entry entry;

    Reader(Path file, Schema columns) throws IOException {
      super("file " + file.getName(), columns);
      source = file.getPath();
      records = new CsvRecords(new LineReader(InputFiles.open(file), CsvRecords.MOST_BYTES));
      try {
        names = header();
      } catch (IOException | RuntimeException failed) {
        close();
        throw failed;
      }
      places =
          columns.getFields().stream().mapToInt(field -> names.indexOf(field.getName())).toArray();
    }

    private List<String> header() throws IOException {
      CsvRecords.Entry header = records.next();
      if (header == null) {
        throw new IOException(source + " is empty. A CSV file begins with a header: leave it out.");
      }
      if (header.fields() == null) {
        throw new IOException(
            source + ", line 1: the header is no CSV. " + header.trouble() + " Mend the file.");
      }
      List<String> written = CsvFormat.names(header.fields());
      Set<String> taken = new HashSet<>();
      for (String name : written) {
        if (!name.isEmpty() && !taken.add(name)) {
          throw new IOException(
              source + " has the column '" + name + "' twice. Give each its own name.");
        }
      }
      List<String> called = new ArrayList<>();
      for (int i = 0; i < written.size(); i++) {
        String name = written.get(i);
        if (name.isEmpty()) {
          name = "column_" + (i + 1);
          while (!taken.add(name)) {
            name += "_";
          }
          unnamed.add(name);
        }
        called.add(name);
      }
      records.expectFields(called.size());
      return called;
    }

    @Override
    protected boolean skip() throws IOException {
      return records.next() != null;
    }

    @Override
    protected Step read(VectorSchemaRoot root, int into) throws IOException {
      entry = records.next();
      if (entry == null) {
        return Step.END;
      }
      List<String> fields = entry.fields();
      if (fields == null) {
        return Step.UNREADABLE;
      }
      for (int column = 0; column < places.length; column++) {
        ((VarCharVector) root.getVector(column))
            .setSafe(into, fields.get(places[column]).getBytes(StandardCharsets.UTF_8));
      }
      return Step.ROW;
    }

    @Override
    protected DeadLetter letter() {
      CsvRecords.Entry broken = Objects.requireNonNull(entry);
      return DeadLetters.letter(
          source,
          broken.first().number(),
          broken.first().content(),
          String.valueOf(broken.trouble()));
    }

    @Override
    public void close() throws IOException {
      try {
        records.close();
      } finally {
        super.close();
      }
    }
  }
}
