package dev.millrace.accelerator.oip;

import static dev.millrace.accelerator.servers.Asking.ask;
import static dev.millrace.accelerator.servers.Asking.open;
import static dev.millrace.accelerator.servers.Asking.requireFailure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ConnectorContract;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.servers.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Tensors that go through memory which a server on this host shares. */
@EnabledOnOs(OS.LINUX)
class SharedMemoryTest {

  private static final List<long[]> ROWS =
      List.of(new long[] {1, 2, 3}, new long[] {2}, new long[] {3, 3, 1, 2, 1, 2});

  @TempDir Path folder;

  private TestServer server(String... options) {
    return TestServer.oip(ConnectorContract.tiny(folder).resolve("model.onnx"), options);
  }

  private static String uri(TestServer server) {
    return "oip+grpc://" + server.address() + "?model=tiny&in-flight=2&deadline=20s";
  }

  private static void requireSecondRow(InferenceSession session) {
    assertThat(ask(session, ROWS).get(1)).containsExactly(0.6f, -0.8f, 0);
  }

  @Test
  void isUsedWhereTheServerWantsIt() throws IOException {
    try (TestServer server = server("shm=yes", "ids=INT32")) {
      try (InferenceSession session = open(uri(server), folder)) {
        int before = server.count("shared");
        requireSecondRow(session);
        assertThat(server.count("shared")).isEqualTo(before + 1);
        // Nothing is left for a process that dies to leave behind.
        try (Stream<Path> names = Files.list(Path.of("/dev/shm"))) {
          assertThat(names).noneMatch(name -> name.toString().contains("millrace-"));
        }
        long[] huge = new long[200_000];
        Arrays.fill(huge, 2);
        assertThat(ask(session, List.of(huge)).get(0)).containsExactly(0.6f, -0.8f, 0);
        assertThat(server.count("shared")).isEqualTo(before + 1);
      }
      await().atMost(Duration.ofSeconds(40)).until(() -> server.count("unregistered") == 1);
    }
  }

  @Test
  void isLeftWhereTheServerDoesNotOrTheUserDoesNot() {
    try (TestServer server = server();
        InferenceSession session = open(uri(server), folder)) {
      requireSecondRow(session);
      assertThat(server.count("shared")).isZero();
    }
    try (TestServer server = server("shm=yes");
        InferenceSession session = open(uri(server) + "&shared-memory=off", folder)) {
      requireSecondRow(session);
      assertThat(server.count("shared")).isZero();
    }
  }

  @Test
  void isNotUsedAgainWhereALateAnswerMayStillBeWritten() {
    try (TestServer server = server("shm=yes");
        InferenceSession session = open(uri(server).replace("20s", "3s"), folder)) {
      for (int i = 0; i < 2; i++) {
        server.fault("slow", 1);
        requireFailure(session, ROWS, Category.TIMEOUT, "DEADLINE_EXCEEDED");
      }
      int before = server.count("shared");
      requireSecondRow(session);
      assertThat(server.count("shared")).isLessThanOrEqualTo(before + 2);
      requireSecondRow(session);
    }
  }

  @Test
  void isLeftWhenTheServerWasStartedAgain() {
    TestServer first = server("shm=yes");
    try (InferenceSession session = open(uri(first), folder)) {
      first.kill();
      try (TestServer second = server("shm=yes", "port=" + first.port())) {
        await()
            .atMost(Duration.ofSeconds(40))
            .ignoreExceptions()
            .untilAsserted(() -> requireSecondRow(session));
        assertThat(second.count("questions")).isPositive();
      }
    }
  }
}
