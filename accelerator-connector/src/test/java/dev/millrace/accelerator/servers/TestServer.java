package dev.millrace.accelerator.servers;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A server in a process of its own, which ends with the test or with this one's process. */
public final class TestServer implements AutoCloseable {

  private final Process process;
  private final BufferedReader said;
  private final BufferedWriter commands;
  private final int port;

  private TestServer(String protocol, List<String> options) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx600m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ServerMain.class.getName(),
                protocol));
    command.addAll(options);
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      said =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      commands =
          new BufferedWriter(
              new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
      String line = said.readLine();
      if (line == null || !line.startsWith("listening ")) {
        process.destroyForcibly();
        throw new IllegalStateException("The server did not start; it said: " + line);
      }
      port = Integer.parseInt(line.substring("listening ".length()));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /**
   * A server of the Open Inference Protocol.
   *
   * @param model the graph's file
   * @param options as {@code name=value}; see {@link OipTestServer}
   */
  public static TestServer oip(Path model, String... options) {
    return start("oip", model, options);
  }

  /**
   * A server of OpenAI's routes.
   *
   * @param model the graph's file
   * @param options as {@code name=value}; see {@link OpenAiTestServer}
   */
  public static TestServer openAi(Path model, String... options) {
    return start("openai", model, options);
  }

  /**
   * A server of OpenAI's routes that only chats.
   *
   * @param options as {@code name=value}; see {@link ChatRoute}
   */
  public static TestServer chat(String... options) {
    return new TestServer("openai", List.of(options));
  }

  private static TestServer start(String protocol, Path model, String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("graph=" + model);
    return new TestServer(protocol, all);
  }

  public int port() {
    return port;
  }

  /** Host and port. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  /** The next so many times that this could go wrong, it does; -1 for from now on, 0 for never. */
  public void fault(String kind, int times) {
    ask("fault " + kind + " " + times);
  }

  /** How often something has happened. */
  public int count(String what) {
    return Integer.parseInt(ask("count " + what));
  }

  private synchronized String ask(String command) {
    try {
      commands.write(command);
      commands.newLine();
      commands.flush();
      String answer = said.readLine();
      if (answer == null) {
        throw new IllegalStateException("The server has gone.");
      }
      return answer;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** As {@code kill -9} does; returns when it is gone. */
  public void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /**
   * As {@code kill -STOP} does: it holds its connections and answers nothing. Returns when the last
   * thread has stopped, which takes a moment on a busy machine.
   */
  public void freeze() {
    signal("STOP");
    Awaitility.await("the server's threads stop").until(this::allThreadsHaveStopped);
  }

  private boolean allThreadsHaveStopped() throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      for (Path thread : threads.toList()) {
        String stat = Files.readString(thread.resolve("stat"));
        if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
          return false;
        }
      }
      return true;
    }
  }

  /** As {@code kill -CONT} does. */
  public void thaw() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      int code =
          new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
              .inheritIO()
              .start()
              .waitFor();
      if (code != 0) {
        throw new IllegalStateException("kill -" + name + " ended with " + code);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  @Override
  public void close() {
    kill();
  }
}
