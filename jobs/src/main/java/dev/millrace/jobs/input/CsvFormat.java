package dev.millrace.jobs.input;

import dev.millrace.schemas.ItemField;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/** CSV with a header, whose columns may stand in any order and in another one in each file. */
final class CsvFormat implements RecordFormat {

  private static final long serialVersionUID = 1L;

  private final Columns columns;
  private final RowClassifier classifier;

  CsvFormat(Columns columns, RowClassifier classifier) {
    this.columns = columns;
    this.classifier = classifier;
  }

  @Override
  public RecordReader open(Path file) throws IOException {
    return new Reader(
        file.getPath(),
        new CsvRecords(new LineReader(InputFiles.open(file), CsvRecords.MOST_BYTES)));
  }

  /** The header's names without the white space around them. */
  static List<String> names(List<String> header) {
    return header.stream().map(String::strip).toList();
  }

  private final class Reader implements RecordReader {
    private final String source;
    private final CsvRecords records;
    private boolean headerRead;
    private boolean over;
    private int user;
    private int item;
    private int text;
    private int basket;
    private int quantity;
    private int time;
    private int available;
    private final int[] more = new int[columns.fields().size()];

    Reader(String source, CsvRecords records) {
      this.source = source;
      this.records = records;
    }

    @Override
    public @Nullable SourceRow next() throws IOException {
      CsvRecords.Entry entry = over ? null : records.next();
      if (entry != null && !headerRead && entry.fields() != null) {
        readHeader(entry.fields());
        entry = records.next();
      }
      if (entry == null) {
        return null;
      }
      List<String> fields = entry.fields();
      if (fields == null) {
        // Without a header nobody knows what the columns are.
        over = !headerRead;
        return DeadLetters.unreadable(
            source,
            entry.first().number(),
            entry.first().content(),
            entry.trouble()
                + (over ? " It is the header, so no row of the file can be read." : ""));
      }
      return classifier.classify(
          field(fields, user),
          field(fields, item),
          field(fields, text),
          field(fields, basket),
          field(fields, quantity),
          field(fields, time),
          field(fields, available),
          more(fields));
    }

    private void readHeader(List<String> header) throws IOException {
      List<String> names = names(header);
      user = index(names, columns.user());
      item = index(names, columns.item());
      text = index(names, columns.text());
      basket = index(names, columns.basket());
      quantity = index(names, columns.quantity());
      time = index(names, columns.time());
      available = index(names, columns.available());
      for (int i = 0; i < more.length; i++) {
        more[i] = index(names, columns.fields().get(i));
      }
      records.expectFields(names.size());
      headerRead = true;
    }

    private int index(List<String> names, @Nullable String name) throws IOException {
      if (name == null) {
        return -1;
      }
      int index = names.indexOf(name);
      if (index < 0) {
        throw new IOException(
            "The header of " + source + " has no column '" + name + "'. It has " + names + ".");
      }
      return index;
    }

    private List<ItemField> more(List<String> fields) {
      if (more.length == 0) {
        return List.of();
      }
      List<ItemField> values = new ArrayList<>(more.length);
      for (int i = 0; i < more.length; i++) {
        String value = fields.get(more[i]);
        if (!value.isEmpty()) {
          values.add(new ItemField(columns.fields().get(i), value));
        }
      }
      return values;
    }

    private static @Nullable String field(List<String> fields, int index) {
      return index < 0 ? null : fields.get(index);
    }

    @Override
    public void close() throws IOException {
      records.close();
    }
  }
}
