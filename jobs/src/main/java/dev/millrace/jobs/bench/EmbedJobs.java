package dev.millrace.jobs.bench;

import dev.millrace.operators.EmbeddingOperatorFactory;
import dev.millrace.operators.InferenceAccumulators;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.pipelines.Embed;
import java.util.List;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Jobs as Millrace's users write them: texts in, embedded, vectors out. */
final class EmbedJobs {

  /**
   * How a job went.
   *
   * @param rowsPerSecond from the first row in to the last vector out
   * @param rowsPerCpuSecond the same by the processor time of the whole process
   * @param padding tokens that the model worked on beyond each useful one
   */
  record Figures(double rowsPerSecond, double rowsPerCpuSecond, double padding) {}

  private final JobCluster cluster;

  EmbedJobs(JobCluster cluster) {
    this.cluster = cluster;
  }

  Figures run(List<String> texts, int rows, Configuration options) throws Exception {
    return run(texts, rows, options, JobRun.Watcher.NONE);
  }

  Figures run(List<String> texts, int rows, Configuration options, JobRun.Watcher watcher)
      throws Exception {
    try (JobRun run = new JobRun(texts, rows, watcher)) {
      StreamExecutionEnvironment environment = JobCluster.environment(1);
      Embed.stream(
              "embed",
              TextSource.of(environment, run),
              text -> text,
              InferenceSettings.from(options))
          .rows()
          .sinkTo(new VectorSink<>(run));
      JobExecutionResult result = cluster.run(environment);
      run.requireAll();
      double tokens = number(result, InferenceAccumulators.TOKENS);
      double padded = number(result, InferenceAccumulators.PADDED_TOKENS);
      return new Figures(
          run.rowsPerSecond(), rows / run.cpuSeconds(), tokens == 0 ? 0 : padded / tokens - 1);
    }
  }

  /**
   * The same, but whoever takes the rows reads each vector where it lies and copies none.
   *
   * @return rows a second by the processor time of the whole process
   */
  double runInPlace(List<String> texts, int rows, Configuration options) throws Exception {
    try (JobRun run = new JobRun(texts, rows, JobRun.Watcher.NONE)) {
      StreamExecutionEnvironment environment = JobCluster.environment(1);
      TextSource.of(environment, run)
          .transform(
              "embed",
              Types.INT,
              new EmbeddingOperatorFactory<String, Integer>(
                  InferenceSettings.from(options),
                  text -> text,
                  (text, vector) ->
                      vector.get(0) + vector.get(vector.dimension() - 1) == 0 ? 0 : 1))
          .sinkTo(new CountingSink<>(run.number()));
      cluster.run(environment);
      run.requireAll();
      return rows / run.cpuSeconds();
    }
  }

  private static double number(JobExecutionResult result, String accumulator) {
    return result.getAllAccumulatorResults().get(accumulator) instanceof Number number
        ? number.doubleValue()
        : 0;
  }
}
