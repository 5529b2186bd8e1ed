package dev.millrace.jobs.backfill;

import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.jobs.cli.Command;
import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.jobs.cli.OptionValues;
import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.feed.Failures;
import dev.millrace.jobs.flink.FlinkHome;
import dev.millrace.jobs.output.OutputFile;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** {@code millrace backfill}. */
final class BackfillCommand implements Command {

  private static final int SECONDS_TO_STOP = 15;
  private static final String NAME = "backfill";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String summary() {
    return "Embeds the rows of files, and writes them with their vectors.";
  }

  @Override
  public List<String> notes() {
    return List.of(
        "",
        "Stopped at any moment and started again with the same command, it goes on where it was."
            + " A row that cannot be read is a dead letter; a row that cannot be embedded is"
            + " written without a vector, and is a dead letter, too.",
        "",
        "Example:",
        "  millrace backfill --input 'data/*.csv.gz' --text '{title}. {description}' \\",
        "    --where 'price > 10' --columns id,title --output out/vectors \\",
        "    --output-format parquet --model minilm --accelerators onnx:cpu",
        "",
        "Exit codes: 0 done, 1 failed, 2 wrong usage.");
  }

  @Override
  public List<ConfigOption<?>> options() {
    return BackfillOptions.all();
  }

  @Override
  public int run(Map<String, String> given, Problems problems, Console console) {
    Configuration values = OptionValues.parse(given, options(), problems);
    try (BackfillCheck check = new BackfillCheck(values, problems, console)) {
      BackfillSettings settings = check.settings();
      if (settings == null || !problems.isEmpty()) {
        console.err().println(problems.describe("millrace " + name()));
        return ExitCode.WRONG_USAGE;
      }
      return run(settings, console);
    } catch (Exception failed) {
      Failures.print(NAME, failed, console);
      return ExitCode.FAILED;
    }
  }

  private static int run(BackfillSettings settings, Console console) throws Exception {
    long began = System.nanoTime();
    PartDone earlier = settings.earlier() == null ? PartDone.NONE : settings.earlier();
    settings.notes().forEach(note -> console.out().println("Note: " + note));
    int parts = settings.plan().parts().size();
    if (settings.earlier() != null && settings.partsDone() == parts) {
      console
          .out()
          .printf(
              Locale.ENGLISH,
              "Nothing to do: all %,d rows are in %s, from an earlier run. --start-over begins"
                  + " anew.%n",
              settings.plan().rows(),
              settings.folder().output().getPath());
      return conclude(
          new BackfillReport(
              earlier, earlier, settings.plan().rows(), files(settings), 0, 0, 0, 0, 0),
          settings,
          console);
    }
    introduce(settings, earlier, console);
    settings.folder().begin(settings.plan());
    CountDownLatch done = new CountDownLatch(1);
    try (FlinkHome home = FlinkHome.open(settings.parallelism())) {
      StreamExecutionEnvironment env = home.environment();
      BackfillJob.build(env, settings);
      JobClient job = env.executeAsync("millrace backfill");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(job, done), "millrace-stop"));
      BackfillRun run = new BackfillRun(job, began);
      BackfillProgress progress = new BackfillProgress(console, settings.plan().rows(), earlier);
      run.await(progress::show);
      progress.end();
      return conclude(run, earlier, settings, console);
    } finally {
      done.countDown();
    }
  }

  private static void introduce(BackfillSettings settings, PartDone earlier, Console console) {
    Plan plan = settings.plan();
    Model model = Models.resolve(settings.inference().model());
    console
        .out()
        .printf(
            Locale.ENGLISH,
            "%,d rows in %,d %s of %s, from %s.%n",
            plan.rows(),
            plan.files().size(),
            plan.files().size() == 1 ? "file" : "files",
            settings.format(),
            new org.apache.flink.core.fs.Path(plan.files().get(0).path()).getName());
    console
        .out()
        .printf(
            "Embedding with %s (%s) on %s.%n",
            model.name(), model.shortDigest(), settings.inference().accelerator());
    console
        .out()
        .printf("Writing %s to %s.%n", settings.output(), settings.folder().output().getPath());
    if (earlier.rowsRead() > 0) {
      console
          .out()
          .printf(
              Locale.ENGLISH,
              "Going on where an earlier run was: %,d rows are done.%n",
              earlier.rowsRead());
    }
    console.out().flush();
  }

  /** On SIGINT or SIGTERM: ends the job in order and lets the summary be printed. */
  private static void stop(JobClient job, CountDownLatch done) {
    if (done.getCount() == 0) {
      return;
    }
    try {
      job.cancel().get(SECONDS_TO_STOP, TimeUnit.SECONDS);
      done.await(SECONDS_TO_STOP, TimeUnit.SECONDS);
    } catch (Exception endedAlready) {
      // The process is ending; there is nobody to tell.
      if (endedAlready instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static long files(BackfillSettings settings) throws IOException {
    return settings.folder().done().values().stream().filter(part -> part.file() != null).count();
  }

  private static int conclude(
      BackfillRun run, PartDone earlier, BackfillSettings settings, Console console)
      throws IOException {
    PartDone total =
        settings.folder().done().values().stream().reduce(PartDone.NONE, PartDone::plus);
    BackfillReport report =
        new BackfillReport(
            total,
            earlier,
            settings.plan().rows(),
            files(settings),
            run.textsEmbedded(),
            run.repeatedTexts(),
            run.tokens(),
            run.paddedTokens(),
            run.seconds());
    Throwable failure = run.failure();
    if (failure == null && !report.complete()) {
      failure =
          new IOException(
              "the job ended with "
                  + total.rowsRead()
                  + " of "
                  + settings.plan().rows()
                  + " rows done. Start it again with the same command.");
    }
    console.out().println();
    console.out().println(failure == null ? "Done." : "Not done; this far it came.");
    if (failure == null) {
      return conclude(report, settings, console);
    }
    report.summary().forEach(console.out()::println);
    console.out().flush();
    if (failure instanceof JobCancellationException) {
      console
          .err()
          .println(
              "millrace backfill was stopped before its end. The same command goes on from here.");
    } else {
      Failures.print(NAME, failure, console);
    }
    return ExitCode.FAILED;
  }

  private static int conclude(BackfillReport report, BackfillSettings settings, Console console)
      throws IOException {
    report.summary().forEach(console.out()::println);
    if (report.total().deadLetters() > 0) {
      console.out().println("  Dead letters are in " + settings.folder().letters().getPath());
    }
    if (settings.report() != null) {
      OutputFile.write(settings.report(), report.toJson());
      console.out().println("  The report is in " + settings.report());
    }
    console.out().flush();
    return ExitCode.DONE;
  }
}
