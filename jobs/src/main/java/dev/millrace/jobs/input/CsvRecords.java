package dev.millrace.jobs.input;

import dev.millrace.jobs.input.CsvFields.State;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The records of a CSV file, each of one or more lines, and the lines that are none.
 *
 * <p>One bad quote must not cost the rest of the file. A record that spans several lines and then
 * turns out not to be one (the quote is never closed, something follows the closing quote, the
 * number of fields is wrong) gives up its first line only; reading goes on with the line after it.
 */
final class CsvRecords implements Closeable {

  /** How far the end of a quoted field is looked for. */
  static final int MOST_LINES = 1_000;

  /** The most bytes of a line, and of a record. */
  static final int MOST_BYTES = 1 << 20;

  /**
   * A record, or a line that is none.
   *
   * @param first the line, or the first of the record
   * @param fields the record's fields, or null if it is none
   * @param trouble why it is none, or null
   */
  record Entry(Line first, @Nullable List<String> fields, @Nullable String trouble) {}

  private final LineReader lines;
  private final CsvFields fields = new CsvFields();
  // Lines that were read ahead for a record that was none, or for one that is not complete yet.
  private final Deque<Line> ahead = new ArrayDeque<>();
  private int width = -1;

  CsvRecords(LineReader lines) {
    this.lines = lines;
  }

  /** Sets how many fields each record has from here on. */
  void expectFields(int count) {
    width = count;
  }

  /** The next one, or null at the end. Empty lines are no rows. */
  @Nullable Entry next() throws IOException {
    Line first = take();
    while (first != null && first.trouble() == null && first.content().length == 0) {
      first = take();
    }
    if (first == null) {
      return null;
    }
    if (first.trouble() != null) {
      return new Entry(first, null, first.trouble());
    }
    Deque<Line> used = new ArrayDeque<>();
    State state = fields.begin(first.content());
    Line last = first;
    long bytes = first.content().length;
    String trouble = null;
    while (state == State.OPEN) {
      Line more = used.size() + 1 < MOST_LINES ? take() : null;
      if (more != null) {
        used.add(more);
        bytes += more.content().length;
      }
      if (more == null || more.trouble() != null || bytes > MOST_BYTES) {
        trouble =
            "A quote is opened and not closed in the " + (used.size() + 1) + " lines from here.";
        break;
      }
      state = fields.resume(last.lineBreak(), more.content());
      last = more;
    }
    if (state == State.BROKEN) {
      trouble = "After a closing quote comes neither a comma nor the end of the line.";
    } else if (state == State.COMPLETE && width >= 0 && fields.fields().size() != width) {
      trouble = "It has " + fields.fields().size() + " fields; the header has " + width + ".";
    }
    if (trouble == null) {
      return new Entry(first, List.copyOf(fields.fields()), null);
    }
    while (!used.isEmpty()) {
      ahead.addFirst(used.removeLast());
    }
    return new Entry(first, null, trouble);
  }

  private @Nullable Line take() throws IOException {
    Line line = ahead.pollFirst();
    return line != null ? line : lines.next();
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
