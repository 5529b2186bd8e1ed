package dev.millrace.jobs.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;

/**
 * A standalone session cluster of Flink: a JobManager and two TaskManagers of two slots, each a
 * process of its own, from the published jars that the build puts under {@code target/flink}.
 * Checkpoints go to its folder and are retained.
 */
public final class FlinkCluster implements AutoCloseable {

  /** TaskManagers of the cluster. */
  public static final int TASK_MANAGERS = 2;

  private static final int SLOTS_OF_EACH = 2;

  /** Slots of the cluster: a job of this parallelism runs on all its TaskManagers. */
  public static final int SLOTS = TASK_MANAGERS * SLOTS_OF_EACH;

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** What Flink's own default configuration gives to its processes. */
  private static final List<String> OPENED =
      List.of(
          "java.base/java.lang",
          "java.base/java.net",
          "java.base/java.io",
          "java.base/java.nio",
          "java.base/sun.nio.ch",
          "java.base/java.lang.reflect",
          "java.base/java.text",
          "java.base/java.time",
          "java.base/java.util",
          "java.base/java.util.concurrent",
          "java.base/java.util.concurrent.atomic",
          "java.base/java.util.concurrent.locks");

  private static final List<String> CLIENT_MEMORY = List.of("-Xmx300m");

  private final Path folder;
  private final List<String> classes;
  private final int restPort;
  private final HttpClient http = HttpClient.newHttpClient();
  private final ChildJvm[] taskManagers = new ChildJvm[TASK_MANAGERS];
  private @Nullable ChildJvm jobManager;

  private FlinkCluster(Path folder, List<String> classes, int restPort) {
    this.folder = folder;
    this.classes = classes;
    this.restPort = restPort;
  }

  /**
   * Starts a cluster; its TaskManagers have registered when this returns.
   *
   * @param folder for configuration, logs, checkpoints and scratch files
   * @param inLib jars beside Flink's own in its {@code lib} folder
   * @param settings beside those that it needs
   */
  public static FlinkCluster start(Path folder, List<Path> inLib, Map<String, String> settings)
      throws IOException {
    Files.createDirectories(folder.resolve("tmp"));
    List<Integer> ports = FreePorts.take(2);
    Map<String, String> all = new TreeMap<>(defaults(folder, ports.get(0), ports.get(1)));
    all.putAll(settings);
    List<String> lines = new ArrayList<>();
    all.forEach((name, value) -> lines.add(name + ": " + value));
    Files.write(folder.resolve("config.yaml"), lines);
    Files.writeString(
        folder.resolve("log4j2.properties"),
        """
        rootLogger.level = INFO
        rootLogger.appenderRef.console.ref = console
        appender.console.type = Console
        appender.console.name = console
        appender.console.layout.type = PatternLayout
        appender.console.layout.pattern = %d{HH:mm:ss.SSS} %-5p %c{1} - %m%n
        """);
    List<String> classes = new ArrayList<>();
    classes.add(folder.toString());
    inLib.forEach(jar -> classes.add(jar.toAbsolutePath().toString()));
    classes.add(Path.of("target", "flink").toAbsolutePath() + "/*");
    FlinkCluster cluster = new FlinkCluster(folder, classes, ports.get(1));
    try {
      cluster.launchJobManager();
      for (int i = 0; i < TASK_MANAGERS; i++) {
        cluster.startTaskManager(i);
      }
      cluster.awaitJobManager();
      cluster.awaitTaskManagers();
      return cluster;
    } catch (IOException | RuntimeException | Error failed) {
      cluster.close();
      throw failed;
    }
  }

  private static Map<String, String> defaults(Path folder, int rpcPort, int restPort) {
    return Map.ofEntries(
        Map.entry("jobmanager.rpc.address", "127.0.0.1"),
        Map.entry("jobmanager.rpc.port", String.valueOf(rpcPort)),
        Map.entry("jobmanager.bind-host", "127.0.0.1"),
        Map.entry("rest.address", "127.0.0.1"),
        Map.entry("rest.port", String.valueOf(restPort)),
        Map.entry("rest.bind-address", "127.0.0.1"),
        Map.entry("taskmanager.host", "127.0.0.1"),
        Map.entry("taskmanager.bind-host", "127.0.0.1"),
        Map.entry("taskmanager.numberOfTaskSlots", String.valueOf(SLOTS_OF_EACH)),
        Map.entry("taskmanager.load-balance.mode", "SLOTS"),
        Map.entry("taskmanager.cpu.cores", "1.0"),
        Map.entry("taskmanager.memory.framework.heap.size", "64m"),
        Map.entry("taskmanager.memory.task.heap.size", "256m"),
        Map.entry("taskmanager.memory.framework.off-heap.size", "64m"),
        Map.entry("taskmanager.memory.task.off-heap.size", "1g"),
        Map.entry("taskmanager.memory.network.min", "64m"),
        Map.entry("taskmanager.memory.network.max", "64m"),
        Map.entry("taskmanager.memory.managed.size", "8m"),
        Map.entry("taskmanager.memory.jvm-metaspace.size", "256m"),
        Map.entry("taskmanager.memory.jvm-overhead.min", "192m"),
        Map.entry("taskmanager.memory.jvm-overhead.max", "192m"),
        Map.entry("heartbeat.interval", "1 s"),
        Map.entry("heartbeat.timeout", "15 s"),
        // A TaskManager that is there before the JobManager would try again ten seconds later.
        Map.entry("cluster.registration.error-delay", "200 ms"),
        Map.entry("io.tmp.dirs", folder.resolve("tmp").toString()),
        Map.entry("execution.checkpointing.dir", folder.resolve("checkpoints").toUri().toString()),
        Map.entry(
            "execution.checkpointing.savepoint-dir",
            folder.resolve("savepoints").toUri().toString()),
        Map.entry(
            "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION"),
        Map.entry("execution.checkpointing.num-retained", "3"),
        Map.entry("restart-strategy.type", "fixed-delay"),
        Map.entry("restart-strategy.fixed-delay.attempts", "1000"),
        Map.entry("restart-strategy.fixed-delay.delay", "200 ms"));
  }

  /** Starts the JobManager, also after it was killed; it answers when this returns. */
  public void startJobManager() throws IOException {
    launchJobManager();
    awaitJobManager();
  }

  private void launchJobManager() throws IOException {
    jobManager =
        java(
            "jobmanager",
            List.of("-Xmx300m"),
            List.of(
                "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
                "--configDir",
                folder.toString()));
  }

  private void awaitJobManager() {
    running().until("answers", PATIENCE, () -> get("/overview"));
  }

  /** Starts a TaskManager, also after it was killed. */
  public void startTaskManager(int index) throws IOException {
    taskManagers[index] =
        java(
            "taskmanager-" + index,
            // As large from the beginning as Flink makes it, so that resident memory shows the
            // rest.
            List.of(
                "-Xms320m",
                "-Xmx320m",
                "-XX:+AlwaysPreTouch",
                "-XX:MaxMetaspaceSize=256m",
                // Otherwise Java's caches of classes go minutes after the classes' last use only.
                "-XX:SoftRefLRUPolicyMSPerMB=0"),
            List.of(
                "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
                "--configDir",
                folder.toString(),
                "-Dtaskmanager.resource-id=tm" + index));
  }

  /** Waits until all TaskManagers have registered with the JobManager. */
  public void awaitTaskManagers() {
    for (ChildJvm taskManager : taskManagers) {
      taskManager.until(
          "has registered",
          PATIENCE,
          () -> Assertions.assertThat(get("/overview").get("taskmanagers").asInt()).isPositive());
    }
    running()
        .until(
            "has its TaskManagers",
            PATIENCE,
            () ->
                Assertions.assertThat(get("/overview").get("taskmanagers").asInt())
                    .isEqualTo(TASK_MANAGERS));
  }

  /** The JobManager's process. */
  public ChildJvm running() {
    ChildJvm process = jobManager;
    if (process == null) {
      throw new IllegalStateException("The JobManager was not started.");
    }
    return process;
  }

  /** A TaskManager's process. */
  public ChildJvm taskManager(int index) {
    return taskManagers[index];
  }

  /** Fails if a process of the cluster has ended, with what it said. */
  public void requireAlive() {
    running().requireAlive();
    for (ChildJvm taskManager : taskManagers) {
      taskManager.requireAlive();
    }
  }

  /** Runs Flink's command line, as {@code flink} does. */
  public ChildJvm flink(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add("org.apache.flink.client.cli.CliFrontend");
    command.addAll(Arrays.asList(args));
    return java("client", CLIENT_MEMORY, command);
  }

  /** Runs Flink's SQL client, as {@code sql-client.sh} does. */
  public ChildJvm sqlClient(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add("org.apache.flink.table.client.SqlClient");
    command.addAll(Arrays.asList(args));
    return java("sql-client", CLIENT_MEMORY, withOpt(), command);
  }

  /** Starts Flink's SQL gateway, as {@code sql-gateway.sh} does. */
  public ChildJvm sqlGateway(int port) throws IOException {
    return java(
        "sql-gateway",
        CLIENT_MEMORY,
        withOpt(),
        List.of(
            "org.apache.flink.table.gateway.SqlGateway",
            "-Dsql-gateway.endpoint.rest.address=127.0.0.1",
            "-Dsql-gateway.endpoint.rest.port=" + port));
  }

  /** The class path of the cluster and what lies in Flink's {@code opt} folder. */
  private List<String> withOpt() {
    List<String> all = new ArrayList<>(classes);
    all.add(Path.of("target", "flink-opt").toAbsolutePath() + "/*");
    return all;
  }

  private ChildJvm java(String name, List<String> memory, List<String> command) throws IOException {
    return java(name, memory, classes, command);
  }

  private ChildJvm java(
      String name, List<String> memory, List<String> classPath, List<String> command)
      throws IOException {
    List<String> flags = new ArrayList<>(memory);
    flags.add("-XX:+UseSerialGC");
    // None lives long enough for a better compiler to pay.
    flags.add("-XX:TieredStopAtLevel=1");
    flags.add("-XX:+ExitOnOutOfMemoryError");
    // Who is killed cannot remove what it has extracted.
    flags.add("-Djava.io.tmpdir=" + folder.resolve("tmp"));
    flags.add("-Dlog4j2.configurationFile=" + folder.resolve("log4j2.properties"));
    for (String opened : OPENED) {
      flags.add("--add-opens=" + opened + "=ALL-UNNAMED");
    }
    return ChildJvm.start(
        name,
        folder.resolve(name + ".log"),
        flags,
        classPath,
        command,
        Map.of("FLINK_CONF_DIR", folder.toString(), "MALLOC_ARENA_MAX", "2"));
  }

  /**
   * Submits a job and waits until all its tasks run.
   *
   * @param args for {@code flink run}; the job is one of Millrace's
   * @return its id
   */
  public String submit(List<String> args) throws IOException {
    List<String> command = new ArrayList<>(List.of("run", "-d"));
    command.addAll(args);
    try (ChildJvm client = flink(command.toArray(String[]::new))) {
      int code = client.await();
      Matcher submitted = Pattern.compile("flink stop ([0-9a-f]{32})").matcher(client.said());
      String job = null;
      while (submitted.find()) {
        job = submitted.group(1);
      }
      Assertions.assertThat(code).as(client.said()).isZero();
      String found = Objects.requireNonNull(job, client.said());
      awaitRunning(found);
      return found;
    }
  }

  /** The jar that holds all but Flink itself. */
  public static Path fatJar() throws IOException {
    try (Stream<Path> built = Files.list(Path.of("target").toAbsolutePath())) {
      return built.filter(one -> one.toString().endsWith("-flink.jar")).findFirst().orElseThrow();
    }
  }

  /** What the REST interface answers. */
  public JsonNode get(String path) throws IOException {
    return send(HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(10)));
  }

  /** Cancels a job and waits until it is gone. */
  public void cancel(String job) throws IOException {
    send(
        HttpRequest.newBuilder(uri("/jobs/" + job))
            .method("PATCH", HttpRequest.BodyPublishers.noBody()));
    awaitState(job, "CANCELED");
  }

  /** Waits until a job is in a state. */
  public void awaitState(String job, String state) {
    running()
        .until(
            "job " + job + " is " + state,
            PATIENCE,
            () ->
                Assertions.assertThat(get("/jobs/" + job).get("state").asText()).isEqualTo(state));
  }

  /** Waits until all tasks of a job run. */
  public void awaitRunning(String job) {
    running()
        .until(
            "all tasks of job " + job + " run",
            PATIENCE,
            () -> {
              JsonNode all = get("/jobs/" + job);
              Assertions.assertThat(all.get("state").asText()).isEqualTo("RUNNING");
              for (JsonNode vertex : all.get("vertices")) {
                Assertions.assertThat(vertex.get("status").asText()).isIn("RUNNING", "FINISHED");
              }
            });
  }

  /** The folder of a job's checkpoints. */
  public Path checkpoints(String job) {
    return folder.resolve("checkpoints").resolve(job);
  }

  /** The newest complete checkpoint of a job, or null if there is none. */
  public @Nullable Path newestCheckpoint(String job) {
    try (Stream<Path> all = Files.list(checkpoints(job))) {
      return all.filter(one -> Files.exists(one.resolve("_metadata")))
          .max(Comparator.comparingLong(FlinkCluster::number))
          .orElse(null);
    } catch (IOException none) {
      return null;
    }
  }

  /** The number of a checkpoint's folder, 0 for other folders. */
  public static long number(Path checkpoint) {
    String name = checkpoint.getFileName().toString();
    return name.startsWith("chk-") ? Long.parseLong(name.substring("chk-".length())) : 0;
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + restPort + path);
  }

  private JsonNode send(HttpRequest.Builder request) throws IOException {
    try {
      HttpResponse<String> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw new IOException(answer.statusCode() + ": " + answer.body());
      }
      return new ObjectMapper().readTree(answer.body());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    }
  }

  @Override
  public void close() {
    for (ChildJvm taskManager : taskManagers) {
      if (taskManager != null) {
        taskManager.close();
      }
    }
    if (jobManager != null) {
      jobManager.close();
    }
  }
}
