package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Command;
import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.jobs.cli.OptionValues;
import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.flink.FlinkHome;
import dev.millrace.jobs.input.RowFiles;
import dev.millrace.jobs.input.TopicReading;
import dev.millrace.jobs.lookup.LookupOptions;
import dev.millrace.jobs.lookup.LookupServer;
import dev.millrace.jobs.output.OutputFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** {@code millrace feed}. */
final class FeedCommand implements Command {

  private final FeedPipeline pipeline;

  FeedCommand(FeedPipeline pipeline) {
    this.pipeline = pipeline;
  }

  @Override
  public String name() {
    return "feed";
  }

  @Override
  public String summary() {
    return "Reads what people bought and writes, after each basket, what to show them next.";
  }

  @Override
  public List<String> notes() {
    return List.of(
        "",
        "Without --interactions, a shop is made up, and the feed of its people is written.",
        "",
        "A row is a dead letter if it cannot be parsed; invalid if it lacks the person, the item or"
            + " the text, or its time, quantity or availability cannot be read; returned if its quantity is zero"
            + " or less; an interaction else. The report counts each.",
        "",
        "Example:",
        "  millrace feed --interactions 'data/*.csv.gz' --user-column CustomerID \\",
        "    --item-column StockCode --text-column Description --basket-column InvoiceNo \\",
        "    --quantity-column Quantity --time-column InvoiceDate \\",
        "    --time-format 'yyyy-MM-dd HH:mm:ss' --output out/feed --report out/report.json",
        "",
        "With --serve, people's latest feeds are at http://HOST:PORT/, for a browser, and as JSON"
            + " at /people, /people/USER and /rates. A run in this process then stays after its"
            + " end, and is done (exit code 0) when it is stopped.",
        "",
        "SIGTERM and Ctrl-C end a run in this process in order: what was read is written and"
            + " committed, and the summary printed. A second one ends it at once.",
        "",
        "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C, 143 stopped by"
            + " SIGTERM.");
  }

  @Override
  public List<ConfigOption<?>> options() {
    List<ConfigOption<?>> options = new ArrayList<>(FeedOptions.ALL);
    options.addAll(ShopOptions.ALL);
    options.addAll(RankingOptions.ALL);
    options.addAll(LookupOptions.ALL);
    options.addAll(pipeline.options());
    return options;
  }

  @Override
  public int run(Map<String, String> given, Problems problems, Console console) {
    Configuration values = OptionValues.parse(given, options(), problems);
    FeedSettings settings = FeedCheck.check(values, given, pipeline, problems);
    if (settings == null) {
      console.err().println(problems.describe("millrace " + name()));
      return ExitCode.WRONG_USAGE;
    }
    try {
      return run(settings, values, console);
    } catch (Exception failed) {
      Failures.print(failed, console);
      return ExitCode.FAILED;
    }
  }

  private int run(FeedSettings settings, Configuration values, Console console) throws Exception {
    long began = System.nanoTime();
    try (FlinkHome home = FlinkHome.open(settings.parallelism(), !settings.bounded());
        // Held here, it is there before the first row, outlasts restarts of the job and its end. On
        // a cluster it is where its one subtask runs.
        LookupServer lookup =
            home.scratch() == null || settings.lookup() == null
                ? null
                : LookupServer.lease(settings.lookup())) {
      introduce(settings, values, home.resumes(), console);
      if (lookup != null) {
        console.out().println("Serving the feeds at " + lookup.url());
      } else if (settings.lookup() != null) {
        console
            .out()
            .println(
                "Serving the feeds at "
                    + settings.lookup().address()
                    + " of the TaskManager with the task 'look-up', whose log says so.");
      }
      console.out().flush();
      StreamExecutionEnvironment env = home.environment();
      FeedJob.build(env, settings, pipeline, values);
      JobClient job = env.executeAsync("millrace feed");
      if (home.detached()) {
        console.out().println("Submitted. 'flink stop " + job.getJobID() + "' ends it in order.");
        return ExitCode.DONE;
      }
      FeedRun run = new FeedRun(job, began);
      AtomicInteger signal = new AtomicInteger();
      Staying staying = new Staying();
      Path scratch = home.scratch();
      // A job on a cluster goes on when its client ends.
      try (StopSignals signals =
          scratch == null
              ? null
              : StopSignals.take(
                  number -> {
                    signal.set(number);
                    run.stop(scratch.resolve("last"));
                    staying.stop();
                  })) {
        Progress progress = new Progress(console);
        run.await(progress::show);
        progress.end();
        int stoppedBy = signal.get();
        int code = conclude(run, settings, console);
        if (stoppedBy != 0) {
          return StopSignals.ENDED_BY_SIGNAL + stoppedBy;
        }
        if (lookup != null && code == ExitCode.DONE) {
          staying.await(lookup.url(), settings.serveAfterEnd(), console);
        }
        return code;
      }
    }
  }

  private void introduce(
      FeedSettings settings, Configuration values, boolean resumes, Console console)
      throws IOException {
    settings.notes().forEach(note -> console.out().println("Note: " + note));
    console.out().println(origin(settings));
    console.out().println(pipeline.describe(values));
    // What the job committed before the checkpoint that it goes on from is part of its output.
    int removed = resumes ? 0 : settings.output().prepare();
    if (!resumes) {
      settings.deadLetters().prepare();
    }
    console
        .out()
        .println(
            "Writing the feed to "
                + settings.output().name()
                + (removed == 0 ? "." : ", in place of " + removed + " files of an earlier run."));
    console.out().flush();
  }

  private static String origin(FeedSettings settings) {
    FeedSettings.Input input = settings.input();
    if (input == null) {
      return "A storefront is made up from seed "
          + settings.storefront().seed()
          + " and sells for "
          + settings.storefront().duration().toMillis() / 1000.0
          + " s. Half a year passes.";
    }
    if (input.interactions() instanceof TopicReading topic) {
      return "Reading "
          + topic.address()
          + " "
          + topic.start()
          + (topic.bounded() ? "." : ", until it is stopped.");
    }
    RowFiles files = (RowFiles) input.interactions();
    return "Reading "
        + Tables.number(files.files().size())
        + (files.files().size() == 1 ? " file" : " files")
        + " of "
        + files.format()
        + ", from "
        + files.files().get(0).getName()
        + ".";
  }

  private static int conclude(FeedRun run, FeedSettings settings, Console console)
      throws IOException {
    FeedReport report = run.report();
    Throwable failure = run.failure();
    for (PersonFeed feed : run.figures().examples()) {
      console.out().println();
      Tables.person(feed).forEach(console.out()::println);
    }
    console.out().println();
    console
        .out()
        .println(
            failure != null
                ? "Not done; this far it came."
                : run.stopAsked() ? "Stopped in order; this far it came." : "Done.");
    Tables.summary(report, settings.topK()).forEach(console.out()::println);
    boolean anyDeadLetters = settings.deadLetters().removeIfEmpty();
    if (anyDeadLetters) {
      console.out().println("  Dead letters are in " + settings.deadLetters().name());
    }
    if (settings.report() != null && failure == null) {
      OutputFile.write(settings.report(), report.toJson());
      console.out().println("  The report is in " + settings.report());
    }
    console.out().flush();
    if (failure instanceof JobCancellationException) {
      console.err().println("millrace feed was stopped before its end.");
      return ExitCode.FAILED;
    }
    if (failure != null) {
      Failures.print(failure, console);
      return ExitCode.FAILED;
    }
    if (!run.stopAsked()) {
      commitEnd(settings);
    }
    return ExitCode.DONE;
  }

  private static void commitEnd(FeedSettings settings) throws IOException {
    FeedSettings.Input input = settings.input();
    if (input != null && input.interactions() instanceof TopicReading topic && topic.bounded()) {
      topic.commitEnd();
    }
  }
}
