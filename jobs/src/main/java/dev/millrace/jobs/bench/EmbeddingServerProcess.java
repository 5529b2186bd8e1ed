package dev.millrace.jobs.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** An {@link EmbeddingServer} that runs beside this process and ends with it, however it ends. */
final class EmbeddingServerProcess implements AutoCloseable {

  private final Process process;
  private final int port;

  /** Starts one; it answers when this returns. */
  EmbeddingServerProcess() throws IOException {
    process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-XX:+UseSerialGC",
                    // Without it an answer waits 40 ms for the acknowledgement of its head.
                    "-Dsun.net.httpserver.nodelay=true",
                    "-cp",
                    System.getProperty("java.class.path"),
                    EmbeddingServer.class.getName()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = process.inputReader(StandardCharsets.UTF_8).readLine();
    if (said == null) {
      process.destroyForcibly();
      throw new IOException("The server of the measurement did not start.");
    }
    port = Integer.parseInt(said);
  }

  /** Host, port and the path that all routes begin with. */
  String address() {
    return "127.0.0.1:" + port + "/v1";
  }

  @Override
  public void close() {
    process.destroyForcibly();
    var unused = process.onExit().join();
  }
}
