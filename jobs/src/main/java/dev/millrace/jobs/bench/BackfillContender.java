package dev.millrace.jobs.bench;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Sessions;
import dev.millrace.jobs.backfill.BackfillOptions;
import dev.millrace.jobs.backfill.VectorFormat;
import dev.millrace.jobs.parquet.ParquetOutput;
import dev.millrace.operators.InferenceSettings;
import java.io.IOException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.IOUtils;

/**
 * A back-fill from Parquet to Parquet. The model stays loaded from one to the next, as the others'
 * do.
 */
final class BackfillContender implements Contender {

  /** A long back-fill's beginning and end count for nothing: some batches, and a part's commit. */
  private static final double LEAST_SECONDS = 3;

  /** Of each subtask, which in a long one has very many. */
  private static final int PARTS = 2;

  private final BackfillJobs jobs;
  private final Corpus corpus;
  private final Configuration options;
  private final InferenceSession session;

  BackfillContender(JobCluster cluster, Corpus corpus, Configuration options) throws IOException {
    this.jobs = new BackfillJobs(cluster);
    this.corpus = corpus;
    this.options = options;
    InferenceSettings settings = InferenceSettings.from(options);
    this.session =
        Sessions.open(
            AcceleratorUri.parsePool(settings.accelerator()),
            Models.resolve(settings.model()),
            settings.sessionOptions());
  }

  @Override
  public String describe() {
    return "Parquet to Parquet, "
        + Runtime.getRuntime().availableProcessors()
        + " subtasks, "
        + session.parallelism()
        + " callers of one session";
  }

  @Override
  public double leastSeconds() {
    return LEAST_SECONDS;
  }

  /** Its files are read and written by code that nothing else has warmed up. */
  @Override
  public double warmUpSeconds() {
    return LEAST_SECONDS;
  }

  @Override
  public double run(int texts) throws Exception {
    int parts = PARTS * Runtime.getRuntime().availableProcessors();
    Configuration all = new Configuration(options);
    all.set(BackfillOptions.ROWS_PER_FILE, (texts + parts - 1) / parts);
    return jobs.run(
            jobs.write(corpus.recased(texts), new ParquetOutput()),
            texts,
            VectorFormat.PARQUET,
            all)
        .rowsPerSecond();
  }

  @Override
  public void close() throws Exception {
    IOUtils.closeAll(jobs, session);
  }
}
