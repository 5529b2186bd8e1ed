package dev.millrace.jobs.flink;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.environment.LocalStreamEnvironment;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * The environment of a run: Flink in this process, unless Flink itself has started the process to
 * submit a job to a cluster, whose settings then stand.
 */
public final class FlinkHome implements Closeable {

  private static final int SWEEPS = 30;
  private static final Duration BETWEEN_SWEEPS = Duration.ofMillis(100);

  private final StreamExecutionEnvironment environment;
  private final @Nullable Path scratch;

  private FlinkHome(StreamExecutionEnvironment environment, @Nullable Path scratch) {
    this.environment = environment;
    this.scratch = scratch;
  }

  /**
   * Makes it, for jobs that end.
   *
   * @param parallelism of jobs in this process
   * @return a home that the caller closes
   */
  public static FlinkHome open(int parallelism) throws IOException {
    return open(parallelism, false);
  }

  /**
   * Makes it.
   *
   * @param parallelism of jobs in this process
   * @param endless whether jobs are to outlast failures of what they read and write, for as long as
   *     they may pass
   * @return a home that the caller closes
   */
  public static FlinkHome open(int parallelism, boolean endless) throws IOException {
    StreamExecutionEnvironment found = StreamExecutionEnvironment.getExecutionEnvironment();
    if (!(found instanceof LocalStreamEnvironment)) {
      return new FlinkHome(found, null);
    }
    Path scratch = Files.createTempDirectory("millrace-");
    Configuration config = new Configuration();
    // Accumulators, and with them live progress, travel with heartbeats.
    config.set(HeartbeatManagerOptions.HEARTBEAT_INTERVAL, Duration.ofMillis(500));
    config.set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofMinutes(2));
    config.set(CoreOptions.TMP_DIRS, scratch.toString());
    config.set(ClusterOptions.PROCESS_WORKING_DIR_BASE, scratch.resolve("work").toString());
    config.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    config.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    config.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        scratch.resolve("checkpoints").toUri().toString());
    restart(config, endless);
    MemorySize network = MemorySize.ofMebiBytes(64 + 16L * parallelism);
    config.set(TaskManagerOptions.NETWORK_MEMORY_MIN, network);
    config.set(TaskManagerOptions.NETWORK_MEMORY_MAX, network);
    return new FlinkHome(
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, config), scratch);
  }

  private static void restart(Configuration config, boolean endless) {
    if (endless) {
      config.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
      config.set(
          RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF,
          Duration.ofSeconds(1));
      config.set(
          RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF,
          Duration.ofMinutes(1));
      config.set(
          RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_RESET_BACKOFF_THRESHOLD,
          Duration.ofMinutes(5));
      config.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_ATTEMPTS, 30);
    } else {
      config.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
      config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
      config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(1));
    }
  }

  /** Where jobs are built and run. */
  public StreamExecutionEnvironment environment() {
    return environment;
  }

  /** A folder that is this run's own, if Flink runs in this process; null on a cluster. */
  public @Nullable Path scratch() {
    return scratch;
  }

  /** Whether the job is submitted to a cluster that nobody waits for. */
  public boolean detached() {
    return scratch == null && !environment.getConfiguration().get(DeploymentOptions.ATTACHED);
  }

  /** Whether the job goes on from a savepoint or a checkpoint. */
  public boolean resumes() {
    return environment
        .getConfiguration()
        .getOptional(StateRecoveryOptions.SAVEPOINT_PATH)
        .isPresent();
  }

  /** Removes the scratch folder, now or, as far as Flink still writes there, when all ends. */
  @Override
  public void close() {
    Path folder = scratch;
    if (folder == null || sweep(folder)) {
      return;
    }
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> sweepLast(folder), "millrace-sweep"));
    } catch (IllegalStateException endingAlready) {
      sweepLast(folder);
    }
  }

  private static void sweepLast(Path folder) {
    for (int i = 0; i < SWEEPS && !sweep(folder); i++) {
      LockSupport.parkNanos(BETWEEN_SWEEPS.toNanos());
    }
  }

  /** Deletes what can be deleted; answers whether nothing is left. */
  private static boolean sweep(Path folder) {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> all = Files.walk(folder)) {
      all.forEach(found::add);
    } catch (IOException | UncheckedIOException changedMeanwhile) {
      // What was found so far is deleted; the rest is left to the next sweep.
    }
    for (int i = found.size() - 1; i >= 0; i--) {
      try {
        Files.deleteIfExists(found.get(i));
      } catch (IOException stillInUse) {
        // Flink is about to delete it, or has just put something into it.
      }
    }
    return !Files.exists(folder);
  }
}
