package dev.millrace.jobs.cluster;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.ThrowingRunnable;

/**
 * A JVM of its own that a test starts, with its output in a file. It is killed when the test closes
 * it, and when the test's JVM ends, also where that is killed.
 */
public final class ChildJvm implements Closeable {

  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();
  private static final Path STARTER = makeStarter();

  static {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> RUNNING.forEach(Process::destroyForcibly), "kill-children"));
  }

  private final String name;
  private final Path log;
  private final Process process;

  private ChildJvm(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
  }

  /**
   * Starts one.
   *
   * @param log where its output goes, behind what is there
   * @param flags of the JVM
   * @param classes folders, jars and {@code FOLDER/*}
   * @param mainClass what is run, with its arguments
   * @param environment beside this process's
   */
  public static ChildJvm start(
      String name,
      Path log,
      List<String> flags,
      List<String> classes,
      List<String> mainClass,
      Map<String, String> environment)
      throws IOException {
    return start(name, log, List.of(), flags, classes, mainClass, environment);
  }

  /**
   * Starts one by another program.
   *
   * @param launcher a program and its arguments, behind which the JVM's command stands
   */
  public static ChildJvm start(
      String name,
      Path log,
      List<String> launcher,
      List<String> flags,
      List<String> classes,
      List<String> mainClass,
      Map<String, String> environment)
      throws IOException {
    List<String> command = new ArrayList<>(launcher);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.add("-cp");
    command.add(
        Stream.concat(classes.stream(), Stream.of(STARTER.toString()))
            .collect(Collectors.joining(File.pathSeparator)));
    command.add(DiesWithParent.class.getName());
    command.add(String.valueOf(ProcessHandle.current().pid()));
    command.addAll(mainClass);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    Process process = builder.start();
    RUNNING.add(process);
    return new ChildJvm(name, log, process);
  }

  /** A jar with the one class that the child needs of the test's. */
  private static Path makeStarter() {
    String entry = DiesWithParent.class.getName().replace('.', '/') + ".class";
    try {
      Path jar = Files.createTempFile("millrace-child", ".jar");
      jar.toFile().deleteOnExit();
      try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
          InputStream in =
              Objects.requireNonNull(
                  DiesWithParent.class.getClassLoader().getResourceAsStream(entry))) {
        out.putNextEntry(new JarEntry(entry));
        in.transferTo(out);
        out.closeEntry();
      }
      return jar;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** What it has said so far. */
  public String said() {
    try {
      return Files.readString(log);
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  /**
   * Asks it to collect garbage, class loaders that nobody has any more among it, and to give free
   * native memory back to the machine, as far as its JDK can be asked.
   */
  public void collectGarbage() throws IOException {
    ask("GC.run");
    // What the first has only made known to cleaners.
    ask("GC.run");
    ask("System.trim_native_heap");
  }

  private void ask(String command) throws IOException {
    try {
      int unused =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                  String.valueOf(pid()),
                  command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    }
  }

  /** The files that it has mapped into memory, those whose path contains a word. */
  public Set<String> mapped(String word) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid() + "/maps"))) {
      return lines
          .map(line -> line.replaceFirst(".*?(/|$)", "/"))
          .filter(path -> path.contains(word))
          .collect(Collectors.toSet());
    }
  }

  /** The memory of the machine that it takes up. */
  public long residentBytes() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid() + "/status"))) {
      String line = lines.filter(one -> one.startsWith("VmRSS:")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
    }
  }

  /** Sends SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  /** Sends SIGKILL and waits until it is gone. */
  public void kill() {
    process.destroyForcibly();
    await();
  }

  /** Waits until it has ended, and gives its exit code. */
  public int await() {
    try {
      if (!process.waitFor(5, TimeUnit.MINUTES)) {
        throw new AssertionError(name + " does not end. It said:\n" + tail());
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
    RUNNING.remove(process);
    return process.exitValue();
  }

  /** Waits until something holds, or the process has ended. */
  public void until(String what, Duration patience, ThrowingRunnable assertion) {
    try {
      Awaitility.await(name + ": " + what)
          .atMost(patience)
          .pollInterval(Duration.ofMillis(50))
          .failFast(this::requireAlive)
          .ignoreExceptions()
          .untilAsserted(assertion);
    } catch (ConditionTimeoutException late) {
      throw new AssertionError(late.getMessage() + "\nIt said:\n" + tail(), late);
    }
  }

  /** Fails if it has ended, with what it said. */
  public void requireAlive() {
    if (!process.isAlive()) {
      throw new AssertionError(name + " has ended. It said:\n" + tail());
    }
  }

  private String tail() {
    String said = said();
    return said.substring(Math.max(0, said.length() - 8_000));
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill();
    }
    RUNNING.remove(process);
  }
}
