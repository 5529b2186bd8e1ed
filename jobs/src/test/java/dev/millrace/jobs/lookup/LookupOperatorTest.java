package dev.millrace.jobs.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.Reason;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.UUID;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is served is what the operator was told, also after a restart. */
final class LookupOperatorTest {

  private static final String TIME = "2025-01-01T10:00:00Z";

  private final LookupSettings settings =
      new LookupSettings(UUID.randomUUID().toString(), LookupAddress.parse("0"), 2);
  private final HttpClient http = HttpClient.newHttpClient();
  private LookupServer server;

  @SuppressWarnings("NullAway.Init")
  LookupOperatorTest() {}

  /** As a run in one process does: who holds the lease sees all restarts. */
  @BeforeEach
  void lease() throws Exception {
    server = LookupServer.lease(settings);
  }

  @AfterEach
  void giveBack() {
    server.close();
  }

  private KeyedOneInputStreamOperatorTestHarness<String, LookupEvent, LookupEvent> operator()
      throws Exception {
    KeyedOneInputStreamOperatorTestHarness<String, LookupEvent, LookupEvent> operator =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new LookupOperator(settings), event -> event.key, Types.STRING, 1, 1, 0);
    // As events travel in a job.
    operator.setup(
        TypeInformation.of(LookupEvent.class)
            .createSerializer(operator.getExecutionConfig().getSerializerConfig()));
    return operator;
  }

  private static void tell(
      KeyedOneInputStreamOperatorTestHarness<String, LookupEvent, LookupEvent> operator,
      LookupEvent... events)
      throws Exception {
    for (LookupEvent event : events) {
      operator.processElement(event, 0);
    }
  }

  private HttpResponse<String> get(String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(server.url()).resolve(path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aRestartServesTheSameAndCountsOn() throws Exception {
    OperatorSubtaskState saved;
    List<String> before;
    try (var operator = operator()) {
      operator.open();
      tell(
          operator,
          LookupEvent.of(Shop.item("m", "Red mug")),
          LookupEvent.of(Shop.bought("ann", "m", "one", TIME)),
          LookupEvent.of(Shop.bought("bob", "p", null, TIME)),
          LookupEvent.of(Shop.feed("ann", TIME, Shop.place("m", Reason.BUY_AGAIN, null))),
          LookupEvent.of("m", true, 8),
          LookupEvent.of("p", false, 8),
          LookupEvent.of("m", false, 7), // Older than what is known.
          LookupEvent.of(Shop.amounts(10, 9)));
      saved = operator.snapshot(1, 1);
      before = List.of(get("/people/ann").body(), get("/people/bob").body());
      assertThat(before.get(0)).contains("Red mug", "BUY_AGAIN", "\"available\":true");
      assertThat(before.get(1)).contains("\"available\":false");
      // Not in the checkpoint: the restart reads it again.
      tell(
          operator,
          LookupEvent.of(Shop.bought("ann", "q", "two", "2025-01-02T10:00:00Z")),
          LookupEvent.of("p", true, 9),
          LookupEvent.of(Shop.amounts(5)));
    }
    assertThat(get("/people/ann").body()).as("while the job restarts").contains("\"q\"");

    try (var operator = operator()) {
      operator.initializeState(saved);
      operator.open();
      assertThat(List.of(get("/people/ann").body(), get("/people/bob").body())).isEqualTo(before);
      assertThat(get("/people").body()).contains("\"ann\"").doesNotContain("\"bob\"");
      tell(operator, LookupEvent.of(Shop.amounts(5)));
      assertThat(server.stored().totals()).startsWith(15, 9);
    }
  }

  @Test
  void whoHasToGoIsNotInTheStateEither() throws Exception {
    OperatorSubtaskState saved;
    try (var operator = operator()) {
      operator.open();
      tell(
          operator,
          LookupEvent.of(Shop.bought("ann", "m", null, "2025-01-01T00:00:00Z")),
          LookupEvent.of(Shop.bought("bob", "m", null, "2025-01-02T00:00:00Z")),
          LookupEvent.of(Shop.bought("ann", "p", null, "2025-01-03T00:00:00Z")),
          LookupEvent.of(Shop.bought("cy", "m", null, "2025-01-04T00:00:00Z")));
      assertThat(get("/people/bob").statusCode()).isEqualTo(404);
      assertThat(get("/people/ann").statusCode()).isEqualTo(200);
      saved = operator.snapshot(1, 1);
    }
    try (var operator = operator()) {
      operator.initializeState(saved);
      operator.open();
      assertThat(server.stored().find("", 10)).containsExactly("ann", "cy");
      tell(operator, LookupEvent.of(Shop.bought("dan", "m", null, "2025-01-05T00:00:00Z")));
      assertThat(server.stored().find("", 10))
          .as("the order in which people were heard of is the order of time")
          .containsExactly("cy", "dan");
    }
  }
}
