package dev.millrace.pipelines;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.accelerator.servers.TestServer;
import dev.millrace.operators.GenerationOptions;
import dev.millrace.operators.GenerationSettings;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.OnBadRow;
import dev.millrace.operators.OutputOrder;
import dev.millrace.schemas.DeadLetter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Prompts in whole jobs, answered by a server in another process. */
class GenerateTest {

  private static final int ROWS = 400;
  private static final AtomicReference<@Nullable Runnable> IN_THE_MIDDLE = new AtomicReference<>();
  private static @Nullable TestServer started;

  private final TestServer server = requireNonNull(started);
  private final Configuration config = new Configuration();
  private final Configuration asked = new Configuration();
  private String restart = "none";
  private String more = "";

  @BeforeAll
  static void start() {
    started = TestServer.chat("name=org/tiny", "context=60", "millis=1");
  }

  @AfterAll
  static void stop() {
    requireNonNull(started).close();
  }

  private StreamExecutionEnvironment environment(int subtasks) {
    Configuration flink = new Configuration();
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, restart);
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(50));
    return StreamExecutionEnvironment.createLocalEnvironment(subtasks, flink);
  }

  /** Runs in the job, which is in this process. */
  private static String promptOf(int row) {
    Runnable once = row == ROWS / 2 ? IN_THE_MIDDLE.getAndSet(null) : null;
    if (once != null) {
      once.run();
    }
    return row % 50 == 7 ? " " : row % 50 == 9 ? "word ".repeat(61) : prompt(row);
  }

  private static String prompt(int row) {
    return "row " + row + " of " + "many ".repeat(row % 7);
  }

  private static String answer(String prompt) {
    List<String> words = new ArrayList<>(Arrays.asList(prompt.strip().split(" ")));
    Collections.reverse(words);
    return String.join(" ", words);
  }

  private GeneratedStream<Integer> generate(int subtasks, int rows) {
    config.set(InferenceOptions.ACCELERATORS, "openai+http://" + server.address() + "/v1" + more);
    config.set(InferenceOptions.MODEL, "org/tiny");
    StreamExecutionEnvironment env = environment(subtasks);
    return Generate.stream(
        "generate",
        env.fromSequence(0, rows - 1).map(Long::intValue).returns(Integer.class),
        GenerateTest::promptOf,
        InferenceSettings.from(config),
        GenerationSettings.from(asked));
  }

  @ParameterizedTest
  @EnumSource(OutputOrder.class)
  void everyRowGetsItsAnswerWhileTheServerFails(OutputOrder order) throws Exception {
    config.set(InferenceOptions.OUTPUT_ORDER, order);
    config.set(InferenceOptions.ON_BAD_ROW, OnBadRow.NULL);
    for (String fault : List.of("cut", "unended", "malformed answer", "busy", "status 500")) {
      server.fault(fault, 3);
    }
    server.fault("down", 1);
    List<Integer> rows = new ArrayList<>();
    try (CloseableIterator<Tuple2<Integer, Generation>> results =
        generate(1, ROWS).rows().executeAndCollect()) {
      while (results.hasNext()) {
        Tuple2<Integer, Generation> row = results.next();
        rows.add(row.f0);
        if (row.f0 % 50 == 7 || row.f0 % 50 == 9) {
          assertThat(row.f1.answer).isNull();
        } else {
          assertThat(row.f1.answer).isEqualTo(answer(prompt(row.f0)));
          assertThat(row.f1.finishReason).isEqualTo("stop");
          assertThat(row.f1.promptTokens).isEqualTo(3 + row.f0 % 7);
          assertThat(row.f1.answerTokens).isEqualTo(row.f1.promptTokens);
          assertThat(row.f1.firstTokenMillis).isPositive();
        }
      }
    }
    if (order == OutputOrder.ORDERED) {
      assertThat(rows).isSorted();
    }
    assertThat(rows).hasSize(ROWS).doesNotHaveDuplicates();
    assertThat(server.count("most at once")).isBetween(8, 64);
  }

  @Test
  void aJobThatFailsOverAsksAgainWhatWasUnderWay() throws Exception {
    restart = "fixed-delay";
    config.set(InferenceOptions.ON_BAD_ROW, OnBadRow.NULL);
    int before = server.count("fault status 404");
    // It is the job's end, and not the row's.
    IN_THE_MIDDLE.set(() -> requireNonNull(started).fault("status 404", 1));
    List<Integer> rows = new ArrayList<>();
    try (CloseableIterator<Tuple2<Integer, Generation>> results =
        generate(2, ROWS).rows().executeAndCollect()) {
      results.forEachRemaining(row -> rows.add(row.f0));
    }
    assertThat(rows).hasSize(ROWS).doesNotHaveDuplicates();
    assertThat(server.count("fault status 404") - before).isEqualTo(1);
  }

  @Test
  void aPoolOfServersGoesOnWithoutOne() throws Exception {
    config.set(InferenceOptions.ON_BAD_ROW, OnBadRow.NULL);
    try (TestServer other = TestServer.chat("name=org/tiny", "context=60", "millis=1")) {
      more = ",openai+http://" + other.address() + "/v1";
      // It joins the pool when it has been reached, which may be after the first rows.
      CompletableFuture<Void> killed =
          CompletableFuture.runAsync(
              () -> {
                await().until(() -> other.count("/v1/chat/completions") > 8);
                other.kill();
              });
      List<Integer> rows = new ArrayList<>();
      try (CloseableIterator<Tuple2<Integer, Generation>> results =
          generate(1, ROWS).rows().executeAndCollect()) {
        results.forEachRemaining(row -> rows.add(row.f0));
      }
      killed.get(1, TimeUnit.MINUTES);
      assertThat(rows).hasSize(ROWS).isSorted().doesNotHaveDuplicates();
    }
  }

  @Test
  void aRowThatCannotBeAnsweredIsADeadLetter() throws Exception {
    Set<String> reasons = new HashSet<>();
    try (CloseableIterator<DeadLetter> letters =
        generate(2, 60).deadLetters().executeAndCollect()) {
      while (letters.hasNext()) {
        DeadLetter letter = letters.next();
        reasons.add(letter.getCategory() + " " + letter.getReason());
      }
    }
    assertThat(reasons)
        .anyMatch(reason -> reason.startsWith("INVALID The row's prompt is blank."))
        .anyMatch(
            reason ->
                reason.startsWith("INPUT ")
                    && reason.contains("This model's maximum context length is 60 tokens"))
        .hasSize(2);
  }

  @Test
  void whatIsWrongIsToldBeforeTheJobStarts() {
    asked.set(GenerationOptions.MAX_TOKENS, 0);
    asked.set(GenerationOptions.JSON_SCHEMA, "[1]");
    asked.set(GenerationOptions.TEMPERATURE, -1.0);
    asked.set(GenerationOptions.REQUEST_FIELDS, "{\"stream\": true, \"max_tokens\": 4}");
    config.set(InferenceOptions.MAX_ROWS, 0);
    assertThatThrownBy(() -> generate(1, 1))
        .hasMessageContaining("max-tokens = '0': It must be at least 1.")
        .hasMessageContaining("json-schema = '[1]': It is no JSON object.")
        .hasMessageContaining("temperature = '-1.0'")
        .hasMessageContaining("The field 'stream' is not yours to set here.")
        .hasMessageContaining("The field 'max_tokens' and the option 'max-tokens' are one.")
        .hasMessageContaining("max-rows = '0'");
  }
}
