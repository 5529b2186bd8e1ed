package dev.millrace.jobs.bench;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Sessions;
import dev.millrace.operators.InferenceSettings;
import org.apache.flink.configuration.Configuration;

/** Millrace in a Flink job. The model stays loaded from one job to the next, as the peers' do. */
final class JobContender implements Contender {

  /** Pipes that fill and run empty: some batches of a few dozen rows at either end. */
  private static final double LEAST_SECONDS = 1.5;

  private final EmbedJobs jobs;
  private final Corpus corpus;
  private final Configuration options;
  private final InferenceSession session;
  private final Samples padding = new Samples();

  JobContender(EmbedJobs jobs, Corpus corpus, Configuration options) {
    this.jobs = jobs;
    this.corpus = corpus;
    this.options = options;
    InferenceSettings settings = InferenceSettings.from(options);
    this.session =
        Sessions.open(
            AcceleratorUri.parsePool(settings.accelerator()),
            Models.resolve(settings.model()),
            settings.sessionOptions());
  }

  /** Whether the session runs each row by itself, so that a limit must do the same. */
  boolean runsRowsAlone() {
    return session.runsRowsAlone();
  }

  /** Of the jobs so far. */
  Samples padding() {
    return padding;
  }

  @Override
  public String describe() {
    return "one subtask, " + session.parallelism() + " callers of one session";
  }

  @Override
  public double leastSeconds() {
    return LEAST_SECONDS;
  }

  @Override
  public double run(int texts) throws Exception {
    EmbedJobs.Figures figures = jobs.run(corpus.first(texts), texts, options);
    padding.add(figures.padding());
    return figures.rowsPerSecond();
  }

  @Override
  public void close() {
    session.close();
  }
}
