package dev.millrace.jobs.bench;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterJobClient;
import org.apache.flink.runtime.minicluster.MiniClusterJobClient.JobFinalizationBehavior;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;

/** The environment that a command finds, and what becomes of the job that it submits there. */
final class CommandJob extends StreamExecutionEnvironment {

  /**
   * How the job went.
   *
   * @param beganMillis when the first of its tasks ran, its operators open and its model loaded, in
   *     milliseconds of the epoch
   * @param endedMillis when it was finished
   * @param cpuSeconds what all threads of the process used from the submission until the command
   *     had its result
   */
  record Figures(long beganMillis, long endedMillis, double cpuSeconds) {}

  /** A job that was submitted. */
  private record Submitted(JobGraph graph, long cpuNanos) {}

  private final MiniCluster cluster;
  private final List<Submitted> submitted = new ArrayList<>();

  private CommandJob(MiniCluster cluster) {
    super(new Configuration());
    this.cluster = cluster;
  }

  /** Runs a command in whose thread this is what it finds. */
  static Figures run(MiniCluster cluster, Runnable command) throws Exception {
    CommandJob found = new CommandJob(cluster);
    initializeContextEnvironment(configuration -> found);
    try {
      command.run();
    } finally {
      resetContextEnvironment();
    }
    return found.figures(Usage.processCpuNanos());
  }

  @Override
  public JobClient executeAsync(StreamGraph streamGraph) throws Exception {
    JobGraph graph = streamGraph.getJobGraph();
    submitted.add(new Submitted(graph, Usage.processCpuNanos()));
    cluster.submitJob(graph).get();
    return new MiniClusterJobClient(
        graph.getJobID(),
        cluster,
        CommandJob.class.getClassLoader(),
        JobFinalizationBehavior.NOTHING);
  }

  private Figures figures(long endedCpuNanos) throws Exception {
    if (submitted.size() != 1) {
      throw new IllegalStateException("The command submitted " + submitted.size() + " jobs.");
    }
    Submitted job = submitted.get(0);
    AccessExecutionGraph done = cluster.getExecutionGraph(job.graph().getJobID()).get();
    long ran = Long.MAX_VALUE;
    for (AccessExecutionVertex task : done.getAllExecutionVertices()) {
      ran =
          Math.min(
              ran, task.getCurrentExecutionAttempt().getStateTimestamp(ExecutionState.RUNNING));
    }
    return new Figures(
        ran, done.getStatusTimestamp(JobStatus.FINISHED), (endedCpuNanos - job.cpuNanos()) / 1e9);
  }
}
