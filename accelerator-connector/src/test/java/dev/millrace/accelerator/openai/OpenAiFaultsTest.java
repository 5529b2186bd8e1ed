package dev.millrace.accelerator.openai;

import static dev.millrace.accelerator.servers.Asking.ask;
import static dev.millrace.accelerator.servers.Asking.open;
import static dev.millrace.accelerator.servers.Asking.requireFailure;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ConnectorContract;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.servers.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a session makes of a server that fails, and that it works on afterwards. */
class OpenAiFaultsTest {

  private static final List<long[]> ROWS =
      List.of(new long[] {1, 2, 3}, new long[] {2}, new long[] {3, 3, 1, 2, 1, 2});

  @TempDir static Path folder;
  private static @Nullable TestServer started;

  private final TestServer server = requireNonNull(started);
  private @Nullable InferenceSession opened;

  @BeforeAll
  static void start() {
    started = TestServer.openAi(ConnectorContract.tiny(folder).resolve("model.onnx"));
  }

  @AfterAll
  static void stop() {
    requireNonNull(started).close();
  }

  @BeforeEach
  void connect() {
    opened = open("openai+http://" + server.address() + "/v1?model=tiny&deadline=3500ms", folder);
  }

  @AfterEach
  void close() {
    session().close();
  }

  private InferenceSession session() {
    return requireNonNull(opened);
  }

  private void requireWorking() {
    assertThat((double) ask(session(), ROWS).get(1)[1]).isCloseTo(-0.8, within(1e-5));
  }

  @ParameterizedTest
  @CsvSource({
    "400, INPUT",
    "404, MODEL",
    "413, OUT_OF_MEMORY",
    "500, DEVICE",
    "504, TIMEOUT",
    "307, CONFIGURATION",
  })
  void aStatusSaysWhetherAnotherTryMayHelp(int status, Category category) {
    server.fault("status " + status, 1);
    requireFailure(
        session(),
        ROWS,
        category,
        "/v1 with the model 'tiny' on 3 rows failed with HTTP status " + status,
        "as the test asked");
    requireWorking();
  }

  @ParameterizedTest
  @CsvSource({"busy", "down"})
  void aServerThatWantsNoneForNowIsAskedAgainWhenItWants(String fault) {
    server.fault(fault, 1);
    long before = System.nanoTime();
    requireWorking();
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(990));
    assertThat(server.count("fault " + fault)).isEqualTo(1);
  }

  @Test
  void aServerThatWantsNoneForTooLongIsGivenUpOn() {
    server.fault("busy", -1);
    requireFailure(session(), ROWS, Category.UNAVAILABLE, "HTTP status 429", "too many requests");
    server.fault("busy", 0);
    await().atMost(Duration.ofSeconds(40)).ignoreExceptions().untilAsserted(this::requireWorking);
  }

  @Test
  void theOrderOfAnAnswerIsWhatItsIndexSays() {
    server.fault("order", 1);
    requireWorking();
    assertThat(server.count("fault order")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "nan, the answer for row 0 holds NaN",
    "lost, the answer has 2 of 3 rows; the first that it lacks is 0",
    "twice, the answer has the index 0 twice",
    "dimensions, 'row 0 of the answer has 4 dimensions, and a first text had 3'",
    "malformed, the answer is no JSON",
  })
  void anAnswerThatNoModelGivesIsRefused(String fault, String message) {
    server.fault(fault, 1);
    requireFailure(session(), ROWS, Category.OUTPUT, message);
    requireWorking();
  }

  @ParameterizedTest
  @CsvSource({"reset, UNAVAILABLE", "half, UNAVAILABLE", "stall, TIMEOUT"})
  void aWireThatBreaksIsReplaced(String fault, Category category) {
    // Twice, since a connection that breaks before anything was sent is tried again at once.
    server.fault(fault, 2);
    requireFailure(session(), ROWS, category, "with the model 'tiny' on 3 rows");
    server.fault(fault, 0);
    await().atMost(Duration.ofSeconds(40)).ignoreExceptions().untilAsserted(this::requireWorking);
  }

  @Test
  void anAnswerThatIsLateIsNotWaitedFor() {
    server.fault("slow", 1);
    requireFailure(session(), ROWS, Category.TIMEOUT, "did not answer within 3500 ms");
    requireWorking();
  }

  @Test
  void aServerThatIsFrozenIsGivenUpOnAndComesBack() {
    server.freeze();
    try {
      requireFailure(session(), ROWS, Category.TIMEOUT, "did not answer within 3500 ms");
    } finally {
      server.thaw();
    }
    await().atMost(Duration.ofSeconds(40)).ignoreExceptions().untilAsserted(this::requireWorking);
  }

  @Test
  void aServerThatWasKilledAndStartedAgainIsFound() {
    Path graph = folder.resolve("model.onnx");
    TestServer first = TestServer.openAi(graph);
    try (InferenceSession session =
        open("openai+http://" + first.address() + "/v1?model=tiny", folder)) {
      first.kill();
      requireFailure(session, ROWS, Category.UNAVAILABLE, "on 3 rows failed with");
      try (TestServer second = TestServer.openAi(graph, "port=" + first.port())) {
        await()
            .atMost(Duration.ofSeconds(40))
            .ignoreExceptions()
            .until(() -> ask(session, ROWS).size() == ROWS.size());
        assertThat(second.count("/v1/embeddings")).isPositive();
      }
    }
  }
}
