package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The engine on a thread of its own, on a steered accelerator. */
class TextEmbedderTest {

  private static final int MANY = 4096;

  @Test
  void textsThatArriveTogetherAreInferredTogether() throws Exception {
    InferenceSettings settings = patient(OperatorBench.settings(4, 2, OutputOrder.ORDERED));
    Steering steering = steering(settings);
    steering.onCall(SteeredCall::answer);
    try (TextEmbedder embedder = open(settings, MANY)) {
      List<CompletableFuture<float[]>> vectors = submit(embedder, 8);
      for (int i = 0; i < vectors.size(); i++) {
        assertThat(vectors.get(i).get()).containsExactly(OperatorBench.expected("text " + i));
      }
      assertThat(steering.calls()).extracting(SteeredCall::rows).containsExactly(4, 4);
    }
  }

  @Test
  void nothingWaitsForCompanyThatCannotCome() throws Exception {
    InferenceSettings settings = patient(OperatorBench.settings(64, 2, OutputOrder.ORDERED));
    Steering steering = steering(settings);
    try (TextEmbedder embedder = open(settings, 5)) {
      List<CompletableFuture<float[]>> vectors = submit(embedder, 4);
      assertThat(steering.calls()).isEmpty();
      vectors.add(submit(embedder, "text 4"));
      await().until(() -> steering.calls().size() == 1);
      assertThat(steering.calls().get(0).rows()).isEqualTo(5);
      steering.calls().get(0).answer();
      vectors.forEach(CompletableFuture::join);
    }
  }

  @Test
  void aFewTextsOfAllLengthsAreOneCallAndStayOne() throws Exception {
    InferenceSettings settings = patient(OperatorBench.settings(64, 4, OutputOrder.ORDERED));
    Steering steering = steering(settings);
    try (TextEmbedder embedder = open(settings, 4)) {
      List<CompletableFuture<float[]>> vectors = submit(embedder, 2);
      vectors.add(submit(embedder, "a text of more words"));
      vectors.add(submit(embedder, "a text of even more words than that"));
      await().until(() -> steering.calls().size() == 1);
      assertThat(steering.calls().get(0).rows()).isEqualTo(4);
      // While that is under way, others come, as if some had been answered.
      vectors.add(submit(embedder, "one of those that come"));
      vectors.add(submit(embedder, "another"));
      assertThat(steering.calls()).hasSize(1);
      steering.calls().get(0).answer();
      vectors.subList(0, 4).forEach(CompletableFuture::join);
      vectors.add(submit(embedder, "a third"));
      vectors.add(submit(embedder, "and a fourth"));
      await().until(() -> steering.calls().size() == 2);
      assertThat(steering.calls().get(1).rows()).isEqualTo(4);
      steering.calls().get(1).answer();
      vectors.forEach(CompletableFuture::join);
      assertThat(vectors.get(3).get())
          .containsExactly(OperatorBench.expected("a text of even more words than that"));
    }
  }

  @Test
  void aTextThatCannotBeInferredFailsAlone() throws Exception {
    InferenceSettings settings = patient(OperatorBench.settings(2, 2, OutputOrder.ORDERED));
    steering(settings).onCall(SteeredCall::answer);
    try (TextEmbedder embedder = open(settings, MANY)) {
      CompletableFuture<float[]> none = submit(embedder, null);
      CompletableFuture<float[]> blank = submit(embedder, " ");
      CompletableFuture<float[]> good = submit(embedder, "good");
      CompletableFuture<float[]> other = submit(embedder, "other");
      assertThat(none)
          .failsWithin(Duration.ofSeconds(20))
          .withThrowableThat()
          .withMessageContaining("INVALID");
      assertThat(blank)
          .failsWithin(Duration.ofSeconds(20))
          .withThrowableThat()
          .withMessageContaining("blank");
      assertThat(good.get()).hasSize(Steering.DIMENSION);
      assertThat(other.get()).hasSize(Steering.DIMENSION);
    }
  }

  @Test
  void whatIsOpenIsAbandonedWhenTheAcceleratorFailsForGood() throws Exception {
    InferenceSettings settings =
        OperatorBench.with(
            patient(OperatorBench.settings(2, 1, OutputOrder.ORDERED)),
            InferenceOptions.UNAVAILABLE_TIMEOUT,
            Duration.ofMillis(100));
    Steering steering = steering(settings);
    steering.onCall(call -> call.fail(new AcceleratorException(Category.DEVICE, "gone")));
    try (TextEmbedder embedder = open(settings, MANY)) {
      for (CompletableFuture<float[]> vector : submit(embedder, 5)) {
        assertThat(vector)
            .failsWithin(Duration.ofSeconds(20))
            .withThrowableThat()
            .havingRootCause()
            .withMessageContaining("gone");
      }
      assertThat(submit(embedder, "late"))
          .failsWithin(Duration.ofSeconds(20))
          .withThrowableThat()
          .havingRootCause()
          .withMessageContaining("gone");
    }
  }

  @Test
  void itClosesWithTextsUnderWayAndAnswersThatComeLate() throws Exception {
    InferenceSettings settings = patient(OperatorBench.settings(2, 2, OutputOrder.ORDERED));
    Steering steering = steering(settings);
    List<CompletableFuture<float[]>> vectors;
    try (TextEmbedder embedder = open(settings, MANY)) {
      vectors = submit(embedder, 7);
      await().until(() -> steering.calls().size() == 2);
    }
    steering.calls().forEach(SteeredCall::answer);
    assertThat(vectors).noneMatch(CompletableFuture::isDone);
  }

  /** Closes no batch by time, so that the test decides. */
  private static InferenceSettings patient(InferenceSettings settings) {
    return OperatorBench.with(settings, InferenceOptions.BATCH_LATENCY, Duration.ofMinutes(5));
  }

  private static Steering steering(InferenceSettings settings) {
    return Steering.named(settings.accelerator().substring("steered:".length()));
  }

  private static TextEmbedder open(InferenceSettings settings, int mostOpen) {
    return TextEmbedder.open(
        "test", settings, InferenceTask.EMBEDDING, mostOpen, new UnregisteredMetricsGroup());
  }

  private static List<CompletableFuture<float[]>> submit(TextEmbedder embedder, int texts) {
    List<CompletableFuture<float[]>> vectors = new ArrayList<>();
    for (int i = 0; i < texts; i++) {
      vectors.add(submit(embedder, "text " + i));
    }
    return vectors;
  }

  private static CompletableFuture<float[]> submit(TextEmbedder embedder, @Nullable String text) {
    CompletableFuture<float[]> vector = new CompletableFuture<>();
    embedder.submit(
        text,
        new AnswerRequest<EmbeddingView>() {
          @Override
          public void succeed(EmbeddingView view) {
            vector.complete(view.toArray());
          }

          @Override
          public void fail(String category, String reason, int attempts) {
            vector.completeExceptionally(new IllegalArgumentException(category + " " + reason));
          }

          @Override
          public void abandon(Throwable failure) {
            vector.completeExceptionally(failure);
          }
        });
    return vector;
  }
}
