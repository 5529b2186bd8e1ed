package dev.millrace.jobs.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.IOUtils;

/** Flink in this process, started once for all jobs: a start takes as long as a measurement. */
final class JobCluster implements AutoCloseable {

  /** As many as the subtasks of a command that is not told how many it should have. */
  private static final int SLOTS = Math.max(4, Runtime.getRuntime().availableProcessors());

  private final Path scratch;
  private final MiniCluster cluster;

  JobCluster() throws Exception {
    scratch = Files.createTempDirectory("millrace-bench-flink-");
    Configuration config = new Configuration();
    config.set(CoreOptions.TMP_DIRS, scratch.toString());
    config.set(ClusterOptions.PROCESS_WORKING_DIR_BASE, scratch.resolve("work").toString());
    config.set(RestOptions.BIND_PORT, "0");
    config.set(CheckpointingOptions.CHECKPOINT_STORAGE, "jobmanager");
    // A job that fails has not been measured.
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    config.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(96));
    config.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(96));
    config.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(64));
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(config)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(SLOTS)
                .build());
    cluster.start();
  }

  /** An environment to build a job in. Rows are handed on as they are, as fast jobs are set. */
  static StreamExecutionEnvironment environment(int parallelism) {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism);
    environment.getConfig().enableObjectReuse();
    return environment;
  }

  /** Runs a job to its end. */
  JobExecutionResult run(StreamExecutionEnvironment environment) throws Exception {
    return cluster.executeJobBlocking(graph(environment));
  }

  /** Starts a job that ends when it is cancelled. */
  Running start(StreamExecutionEnvironment environment) throws Exception {
    JobGraph graph = graph(environment);
    cluster.submitJob(graph).get();
    return new Running(cluster, graph);
  }

  /**
   * Has a command submit its job to this cluster, as under {@code flink run}, and not start one of
   * its own.
   *
   * @param command submits one job and waits for its end
   */
  CommandJob.Figures runCommand(Runnable command) throws Exception {
    return CommandJob.run(cluster, command);
  }

  private static JobGraph graph(StreamExecutionEnvironment environment) {
    return environment.getStreamGraph().getJobGraph();
  }

  /** A job that runs. */
  record Running(MiniCluster cluster, JobGraph graph) {

    boolean isOver() throws Exception {
      return cluster.getJobStatus(graph.getJobID()).get().isGloballyTerminalState();
    }

    /** Cancels it and waits until its tasks are gone. */
    void cancel() throws Exception {
      cluster.cancelJob(graph.getJobID()).get();
      cluster.requestJobResult(graph.getJobID()).get();
    }
  }

  @Override
  public void close() throws Exception {
    IOUtils.closeAll(cluster, this::removeScratch);
  }

  private void removeScratch() throws IOException {
    if (!Files.exists(scratch)) {
      return;
    }
    try (Stream<Path> all = Files.walk(scratch)) {
      List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.deleteIfExists(path);
      }
    }
  }
}
