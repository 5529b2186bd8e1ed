package dev.millrace.accelerator.oip;

import static dev.millrace.accelerator.servers.Asking.ask;
import static dev.millrace.accelerator.servers.Asking.open;
import static dev.millrace.accelerator.servers.Asking.requireFailure;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ConnectorContract;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.onnx.TokenBatches;
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
import reactor.core.Disposable;

/** What a session makes of a server that fails, and that it works on afterwards. */
class OipFaultsTest {

  private static final List<long[]> ROWS =
      List.of(new long[] {1, 2, 3}, new long[] {2}, new long[] {3, 3, 1, 2, 1, 2});

  @TempDir static Path folder;
  private static @Nullable TestServer started;

  private final TestServer server = requireNonNull(started);
  private @Nullable InferenceSession opened;

  @BeforeAll
  static void start() {
    started = TestServer.oip(ConnectorContract.tiny(folder).resolve("model.onnx"));
  }

  @AfterAll
  static void stop() {
    requireNonNull(started).close();
  }

  @BeforeEach
  void connect() {
    opened = open("oip+grpc://" + server.address() + "?model=tiny&deadline=3s", folder);
  }

  @AfterEach
  void close() {
    session().close();
  }

  private InferenceSession session() {
    return requireNonNull(opened);
  }

  private void requireWorking() {
    assertThat(ask(session(), ROWS)).hasSize(ROWS.size());
  }

  @ParameterizedTest
  @CsvSource({
    "UNAVAILABLE, UNAVAILABLE",
    "RESOURCE_EXHAUSTED, UNAVAILABLE",
    "ABORTED, UNAVAILABLE",
    "DEADLINE_EXCEEDED, TIMEOUT",
    "INVALID_ARGUMENT, INPUT",
    "OUT_OF_RANGE, INPUT",
    "NOT_FOUND, MODEL",
    "UNIMPLEMENTED, CONFIGURATION",
    "PERMISSION_DENIED, CONFIGURATION",
    "INTERNAL, DEVICE",
    "UNKNOWN, DEVICE",
    "DATA_LOSS, DEVICE",
  })
  void aStatusSaysWhetherAnotherTryMayHelp(String status, Category category) {
    server.fault("status " + status, 1);
    requireFailure(
        session(),
        ROWS,
        category,
        "oip+grpc://" + server.address() + " with the model 'tiny' on 3 rows failed with " + status,
        "as the test asked");
    requireWorking();
  }

  @Test
  void aDeviceWithoutMemoryGetsLess() {
    server.fault("memory", 1);
    requireFailure(session(), ROWS, Category.OUT_OF_MEMORY, "CUDA failure 2: out of memory");
    requireWorking();
  }

  @ParameterizedTest
  @CsvSource({
    "nan, the answer for row 0 holds NaN",
    "shape, 'has the shape [4, 6, 3], and the request asks for [3, 6, 3]'",
    "short, 'has 212 bytes, and its shape [3, 6, 3] of FP32 has 216'",
    "name, 'the answer has no output last_hidden_state. It has [something]'",
  })
  void anAnswerThatNoModelGivesIsRefused(String fault, String message) {
    server.fault(fault, 1);
    requireFailure(session(), ROWS, Category.OUTPUT, message);
    requireWorking();
  }

  @ParameterizedTest
  @CsvSource({"reset, UNAVAILABLE", "half, UNAVAILABLE", "stall, TIMEOUT"})
  void aWireThatBreaksIsReplaced(String fault, Category category) {
    server.fault(fault, 1);
    requireFailure(session(), ROWS, category, "on 3 rows failed with");
    requireRecovery();
  }

  private void requireRecovery() {
    await().atMost(Duration.ofSeconds(40)).ignoreExceptions().untilAsserted(this::requireWorking);
  }

  @Test
  void anAnswerThatIsLateIsNotWaitedFor() {
    server.fault("slow", 1);
    requireFailure(session(), ROWS, Category.TIMEOUT, "DEADLINE_EXCEEDED");
    // The server is told to stop, too.
    await().atMost(Duration.ofSeconds(40)).until(() -> server.count("cancelled") > 0);
    requireWorking();
  }

  @Test
  void aCancellationReachesTheServer() {
    int before = server.count("cancelled");
    server.fault("slow", 1);
    try (MemoryScope scope = MemoryScope.open("test");
        ArrowBatch batch = TokenBatches.of(scope, ROWS)) {
      int asked = server.count("questions");
      Disposable run = session().infer(batch).subscribe(ArrowBatch::close);
      await().atMost(Duration.ofSeconds(40)).until(() -> server.count("questions") > asked);
      run.dispose();
    }
    await().atMost(Duration.ofSeconds(40)).until(() -> server.count("cancelled") > before);
    requireWorking();
  }

  @Test
  void aServerThatIsFrozenIsGivenUpOnAndComesBack() {
    server.freeze();
    try {
      requireFailure(session(), ROWS, Category.TIMEOUT, "DEADLINE_EXCEEDED");
    } finally {
      server.thaw();
    }
    requireRecovery();
  }

  @Test
  void aServerThatWasKilledAndStartedAgainIsFound() {
    Path graph = folder.resolve("model.onnx");
    TestServer first = TestServer.oip(graph);
    try (InferenceSession session =
        open("oip+grpc://" + first.address() + "?model=tiny&deadline=2s", folder)) {
      first.kill();
      requireFailure(session, ROWS, Category.UNAVAILABLE, "UNAVAILABLE");
      try (TestServer second = TestServer.oip(graph, "port=" + first.port())) {
        await()
            .atMost(Duration.ofSeconds(40))
            .ignoreExceptions()
            .until(() -> ask(session, ROWS).size() == ROWS.size());
        assertThat(second.count("questions")).isPositive();
      }
    }
  }
}
