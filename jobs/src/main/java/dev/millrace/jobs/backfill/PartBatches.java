package dev.millrace.jobs.backfill;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.jobs.input.ArrowBatches;
import dev.millrace.jobs.input.TableReader;
import dev.millrace.jobs.input.TableReader.Piece;
import dev.millrace.jobs.input.TableReader.Rows;
import dev.millrace.jobs.input.TableReader.Unreadable;
import dev.millrace.schemas.DeadLetter;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some parts of one file, as batches that know of which part they are, each part's last followed by
 * its end. No batch is of two parts.
 */
final class PartBatches implements ArrowBatches {

  private static final int MOST_ROWS = 4_096;

  private final Plan plan;
  private final RowSelection selection;
  private final TableReader reader;
  private final MemoryScope scope;
  private final Deque<Part> parts;
  private final List<DeadLetter> unreadable = new ArrayList<>();
  private long position;
  private long leftOut;
  private @Nullable ArrowBatch batch;
  private int used;

  /**
   * @param reader at the first row of the first part; owned from now on
   * @param parts of one file, in order; at least one
   */
  PartBatches(Plan plan, RowSelection selection, TableReader reader, List<Part> parts) {
    this.plan = plan;
    this.selection = selection;
    this.reader = reader;
    this.parts = new ArrayDeque<>(parts);
    this.position = plan.begin(parts.get(0));
    this.scope = MemoryScope.open("parts of file " + parts.get(0).file());
  }

  @Override
  public @Nullable ArrowBatch next() throws IOException {
    while (true) {
      Part part = parts.peek();
      if (part == null) {
        return null;
      }
      if (position == plan.end(part)) {
        parts.poll();
        PartMark end = new PartMark(part, leftOut, List.copyOf(unreadable));
        leftOut = 0;
        unreadable.clear();
        return end.endBatch(scope);
      }
      ArrowBatch rows = advance(part);
      if (rows != null) {
        return rows;
      }
    }
  }

  /** Some more rows of the file: those of them that are taken, or null if none is. */
  private @Nullable ArrowBatch advance(Part part) throws IOException {
    ArrowBatch from = batch;
    if (from == null) {
      Piece piece = reader.next();
      if (piece == null) {
        throw new IOException(
            "The file "
                + plan.files().get(part.file()).path()
                + " now has "
                + position
                + " rows; it had "
                + plan.files().get(part.file()).rows()
                + " when the run began. Files must not change while a job reads them.");
      }
      if (piece instanceof Unreadable row) {
        if (position >= plan.begin(part)) {
          unreadable.add(row.letter());
        }
        position++;
        return null;
      }
      from = ((Rows) piece).batch();
      batch = from;
      used = 0;
    }
    // Before a part are those that were done before.
    long until = position < plan.begin(part) ? plan.begin(part) : plan.end(part);
    int rows = (int) Math.min(Math.min(from.rowCount() - used, until - position), MOST_ROWS);
    ArrowBatch taken = null;
    if (position >= plan.begin(part)) {
      taken = selection.of(from, used, rows, position, PartMark.rows(part), scope);
      leftOut += rows - (taken == null ? 0 : taken.rowCount());
    }
    position += rows;
    used += rows;
    if (used == from.rowCount()) {
      from.close();
      batch = null;
    }
    return taken;
  }

  @Override
  public void close() throws IOException {
    try {
      if (batch != null) {
        batch.close();
        batch = null;
      }
      reader.close();
    } finally {
      scope.close();
    }
  }
}
