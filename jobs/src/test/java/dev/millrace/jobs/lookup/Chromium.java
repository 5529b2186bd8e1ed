package dev.millrace.jobs.lookup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A real browser without a screen, with one page, driven over the DevTools protocol. It is killed
 * when the test closes it, and when the test's JVM ends.
 */
public final class Chromium implements Closeable {

  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "chrome");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final Thread killer;
  private final AtomicInteger calls = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private @Nullable WebSocket socket;

  private Chromium(Process process) {
    this.process = process;
    this.killer = new Thread(() -> kill(process), "kill-chromium");
    Runtime.getRuntime().addShutdownHook(killer);
  }

  private static Path find() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseGet(
            () -> {
              String skipped =
                  "SKIPPED: there is no browser on the PATH, under none of the names "
                      + String.join(", ", NAMES)
                      + ", so nobody has looked at the page of the look-up. On Debian: apt-get"
                      + " install chromium.";
              System.out.println(skipped);
              return Assumptions.abort(skipped);
            });
  }

  /**
   * Starts the browser of this machine. Where there is none, the test that asks skips itself aloud.
   *
   * @param profile an empty folder of its own
   */
  public static Chromium start(Path profile) throws IOException {
    Path browser = find();
    List<String> command =
        new ArrayList<>(
            List.of(
                browser.toString(),
                "--headless",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile));
    if (System.getProperty("user.name").equals("root")) {
      // Its sandbox does not work for root, as which containers run. It sees pages of the test
      // only.
      command.add("--no-sandbox");
    }
    command.add("about:blank");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(profile.resolve("said.txt").toFile());
    builder.environment().put("TMPDIR", profile.toString());
    Process process = builder.start();
    Chromium chromium = new Chromium(process);
    try {
      chromium.connect(profile);
    } catch (RuntimeException | IOException failed) {
      chromium.close();
      throw failed;
    }
    return chromium;
  }

  private void connect(Path profile) throws IOException {
    Path told = profile.resolve("DevToolsActivePort");
    Awaitility.await("Chromium tells its port")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> Files.exists(told) && Files.readAllLines(told).size() >= 2);
    String port = Files.readAllLines(told).get(0);
    HttpClient http = HttpClient.newHttpClient();
    try {
      JsonNode pages =
          JSON.readTree(
              http.send(
                      HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list"))
                          .build(),
                      HttpResponse.BodyHandlers.ofString())
                  .body());
      for (JsonNode page : pages) {
        if (page.get("type").asText().equals("page")) {
          socket =
              http.newWebSocketBuilder()
                  .buildAsync(URI.create(page.get("webSocketDebuggerUrl").asText()), new Answers())
                  .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                  .join();
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    }
    call("Page.enable");
    call("Runtime.enable");
    call("Log.enable");
  }

  private final class Answers implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        take(text.toString());
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  private void take(String message) {
    JsonNode told;
    try {
      told = JSON.readTree(message);
    } catch (IOException noJson) {
      complaints.add(message);
      return;
    }
    if (told.has("id")) {
      CompletableFuture<JsonNode> asked = waiting.remove(told.get("id").asInt());
      if (asked != null) {
        asked.complete(told);
      }
      return;
    }
    JsonNode said = told.get("params");
    switch (told.get("method").asText()) {
      case "Runtime.exceptionThrown" -> complaints.add(said.get("exceptionDetails").toString());
      case "Log.entryAdded" -> complaints.add(said.get("entry").get("text").asText());
      default -> {
        // Of no interest to a test.
      }
    }
  }

  private JsonNode call(String method, Object... parameters) {
    ObjectNode asked = JSON.createObjectNode();
    int id = calls.incrementAndGet();
    asked.put("id", id).put("method", method);
    ObjectNode of = asked.putObject("params");
    for (int i = 0; i < parameters.length; i += 2) {
      of.set((String) parameters[i], JSON.valueToTree(parameters[i + 1]));
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    java.util.Objects.requireNonNull(socket).sendText(asked.toString(), true).join();
    JsonNode answered = answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    if (answered.has("error")) {
      throw new IllegalStateException(method + ": " + answered.get("error"));
    }
    return answered.get("result");
  }

  /** Makes the window so large, in the pixels of style sheets, light or dark. */
  public void window(int width, int height, boolean dark) {
    call(
        "Emulation.setDeviceMetricsOverride",
        "width",
        width,
        "height",
        height,
        "deviceScaleFactor",
        1,
        "mobile",
        false);
    call(
        "Emulation.setEmulatedMedia",
        "features",
        List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light")));
  }

  /** Goes to an address. */
  public void open(String url) {
    JsonNode gone = call("Page.navigate", "url", url);
    if (gone.has("errorText")) {
      throw new IllegalStateException(url + ": " + gone.get("errorText").asText());
    }
  }

  /** What a script comes to, as text. */
  public String evaluate(String script) {
    JsonNode answer =
        call("Runtime.evaluate", "expression", "String(" + script + ")", "awaitPromise", true);
    if (answer.has("exceptionDetails")) {
      throw new IllegalStateException(answer.get("exceptionDetails").toString());
    }
    return answer.get("result").get("value").asText();
  }

  /** The text of what a selector finds, as a reader sees it; empty if there is nothing. */
  public String text(String selector) {
    return evaluate(
        "[...document.querySelectorAll('" + selector + "')].map(e => e.innerText).join('\\n')");
  }

  /** What the page did wrong: exceptions, refused requests, violations of its policy. */
  public List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** A picture of the window, as PNG. */
  public byte[] picture() {
    return Base64.getDecoder()
        .decode(call("Page.captureScreenshot", "format", "png").get("data").asText());
  }

  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(killer);
    List<ProcessHandle> children = process.descendants().toList();
    kill(process);
    // What still writes into the profile would keep the test from removing it.
    process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    children.forEach(child -> child.onExit().orTimeout(10, TimeUnit.SECONDS).join());
  }
}
