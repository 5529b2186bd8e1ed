package dev.millrace.jobs.sql;

import dev.millrace.jobs.cli.Console;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.table.api.ResultKind;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;

/** Runs the statements of a script, one after the other, and prints what each has to say. */
final class ScriptRun {

  private static final int SECONDS_TO_STOP = 15;

  private final SqlSession session;
  private final boolean detached;
  private final Console console;
  private volatile @Nullable JobClient running;

  /**
   * For a script from its first statement on.
   *
   * @param detached whether jobs that write are submitted and not waited for
   */
  ScriptRun(SqlSession session, boolean detached, Console console) {
    this.session = session;
    this.detached = detached;
    this.console = console;
  }

  /**
   * Runs a statement to its end: that of its rows, if they end.
   *
   * @throws Exception what Flink says is wrong with it
   */
  void run(Statement statement) throws Exception {
    if (statement.begins("SET") && statement.words().size() == 1 && isAlone(statement)) {
      session.settings().forEach((key, value) -> console.out().println(key + " = " + value));
    } else if (statement.begins("SET") || statement.begins("RESET")) {
      session.apply(Setting.of(statement));
    } else {
      show(statement, session.execute(statement));
    }
    console.out().flush();
  }

  private static boolean isAlone(Statement statement) {
    return statement.sql().length() == "SET".length();
  }

  private void show(Statement statement, TableResult result) throws Exception {
    JobClient job = result.getJobClient().orElse(null);
    running = job;
    try {
      if (job == null) {
        describe(result);
      } else if (writes(statement) && detached && !session.waitsForWrites()) {
        console
            .out()
            .println(
                statement.words().get(0)
                    + ": submitted. 'flink stop "
                    + job.getJobID()
                    + "' ends it in order.");
      } else if (writes(statement)) {
        long began = System.nanoTime();
        result.await();
        console
            .out()
            .printf(
                Locale.ENGLISH,
                "%s: done in %.1f s%n",
                statement.words().get(0),
                (System.nanoTime() - began) / 1e9);
      } else {
        try (CloseableIterator<Row> rows = result.collect()) {
          ResultTable.ofRowsToCome(
                  result.getResolvedSchema().getColumns(), session.isStreaming(), console.out())
              .print(rows);
        }
      }
    } finally {
      running = null;
    }
  }

  private static boolean writes(Statement statement) {
    return statement.begins("INSERT")
        || statement.begins("EXECUTE", "STATEMENT", "SET")
        || statement.begins("EXECUTE", "INSERT")
        || statement.begins("CREATE")
        || statement.begins("REPLACE")
        || statement.begins("DELETE")
        || statement.begins("UPDATE")
        || statement.begins("TRUNCATE")
        || statement.begins("CALL")
        || statement.begins("EXECUTE", "PLAN");
  }

  /** What SHOW, DESCRIBE and EXPLAIN answer, which is there at once. */
  private void describe(TableResult result) throws Exception {
    if (result.getResultKind() == ResultKind.SUCCESS) {
      return;
    }
    List<Row> rows = new ArrayList<>();
    try (CloseableIterator<Row> found = result.collect()) {
      found.forEachRemaining(rows::add);
    }
    if (result.getResolvedSchema().getColumnCount() == 1) {
      rows.forEach(row -> console.out().println(row.getField(0)));
    } else {
      ResultTable.of(result.getResolvedSchema().getColumns(), rows, console.out())
          .print(rows.iterator());
    }
  }

  /** Ends what runs at this moment, from another thread. */
  void stop() {
    JobClient job = running;
    if (job == null) {
      return;
    }
    try {
      job.cancel().get(SECONDS_TO_STOP, TimeUnit.SECONDS);
    } catch (Exception endedAlready) {
      // The process is ending; there is nobody to tell.
      if (endedAlready instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
