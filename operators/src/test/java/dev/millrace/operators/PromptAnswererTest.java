package dev.millrace.operators;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.accelerator.generation.GeneratedAnswer;
import dev.millrace.accelerator.servers.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The engine with prompts, on a thread of its own, at a server in another process. */
class PromptAnswererTest {

  private static @Nullable TestServer started;

  private final TestServer server = requireNonNull(started);
  private final Metrics metrics = new Metrics();
  private final Configuration asked = new Configuration();

  /** Keeps what is registered, all of it in one group. */
  private static final class Metrics extends UnregisteredMetricsGroup {
    final Map<String, Counter> counters = new ConcurrentHashMap<>();
    final Map<String, Histogram> histograms = new ConcurrentHashMap<>();

    @Override
    public MetricGroup addGroup(String name) {
      return this;
    }

    @Override
    public Counter counter(String name) {
      return counters.computeIfAbsent(name, unused -> new SimpleCounter());
    }

    @Override
    public <H extends Histogram> H histogram(String name, H histogram) {
      histograms.put(name, histogram);
      return histogram;
    }

    long count(String name) {
      return requireNonNull(counters.get(name), name).getCount();
    }
  }

  @BeforeAll
  static void start() {
    started = TestServer.chat("millis=4");
  }

  @AfterAll
  static void stop() {
    requireNonNull(started).close();
  }

  private PromptAnswerer open(String parameters) {
    Configuration config = new Configuration();
    config.set(
        InferenceOptions.ACCELERATORS,
        "openai+http://" + server.address() + "/v1?in-flight=" + parameters);
    config.set(InferenceOptions.MODEL, "tiny");
    return PromptAnswerer.open(
        "test", InferenceSettings.from(config), GenerationSettings.from(asked), 4096, metrics);
  }

  private static CompletableFuture<GeneratedAnswer> ask(PromptAnswerer answerer, String prompt) {
    CompletableFuture<GeneratedAnswer> answer = new CompletableFuture<>();
    answerer.submit(
        prompt,
        new AnswerRequest<>() {
          @Override
          public void succeed(GeneratedAnswer given) {
            answer.complete(given);
          }

          @Override
          public void fail(String category, String reason, int attempts) {
            answer.completeExceptionally(new IllegalStateException(category + ": " + reason));
          }

          @Override
          public void abandon(Throwable failure) {
            answer.completeExceptionally(failure);
          }
        });
    return answer;
  }

  @Test
  void whatIsAskedAndAnsweredIsCounted() throws Exception {
    asked.set(GenerationOptions.MAX_TOKENS, 3);
    try (PromptAnswerer answerer = open("8")) {
      List<CompletableFuture<GeneratedAnswer>> answers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        answers.add(ask(answerer, i == 7 ? "forbidden" : i % 2 == 0 ? "a b" : "a b c d"));
      }
      assertThat(answers.get(0).join().text()).isEqualTo("b a");
      assertThat(answers.get(1).join().text()).isEqualTo("d c b");
      answers.forEach(CompletableFuture::join);
    }
    assertThat(metrics.count("batches")).isEqualTo(20);
    assertThat(metrics.count("tokens")).isEqualTo(10 * 2 + 9 * 4 + 1);
    assertThat(metrics.count("answerTokens")).isEqualTo(10 * 2 + 9 * 3);
    assertThat(metrics.count("answersCutShort")).isEqualTo(9);
    assertThat(metrics.count("answersFiltered")).isEqualTo(1);
    // What was filtered has no first token.
    assertThat(requireNonNull(metrics.histograms.get("firstTokenMillis")).getCount()).isEqualTo(19);
  }

  @Test
  void promptsWaitForAPlaceWithoutLosingTheirTime() throws Exception {
    // Each takes a part of its time at the server, and the last wait for longer than that is.
    try (PromptAnswerer answerer = open("2&deadline=1500ms")) {
      List<CompletableFuture<GeneratedAnswer>> answers = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        answers.add(ask(answerer, "word ".repeat(75)));
      }
      answers.forEach(CompletableFuture::join);
      assertThat(metrics.count("retries")).isZero();
    }
  }

  @Test
  void whatIsUnderWayIsGivenUpWhenItIsClosed() throws Exception {
    List<CompletableFuture<GeneratedAnswer>> answers = new ArrayList<>();
    try (PromptAnswerer answerer = open("8")) {
      int before = server.count("/v1/chat/completions");
      for (int i = 0; i < 30; i++) {
        answers.add(ask(answerer, "word ".repeat(1000)));
      }
      await().until(() -> server.count("/v1/chat/completions") - before == 8);
    }
    assertThat(answers).noneMatch(CompletableFuture::isDone);
  }

  @Test
  void aServerThatIsGoneForGoodFailsAllThatIsOpen() throws Exception {
    try (PromptAnswerer answerer = open("8")) {
      server.fault("status 404", -1);
      CompletableFuture<GeneratedAnswer> answer = ask(answerer, "a b");
      assertThatThrownBy(answer::join)
          .isInstanceOf(CompletionException.class)
          .hasMessageContaining("on a prompt failed with HTTP status 404");
      assertThatThrownBy(() -> ask(answerer, "c").join()).hasMessageContaining("HTTP status 404");
    } finally {
      server.fault("status 404", 0);
    }
  }
}
