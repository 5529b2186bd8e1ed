package dev.millrace.accelerator.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.GraphPreparation;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The vectors are those of another implementation of the same model. */
class IndependentAnswerTest {

  private static final AcceleratorUri CPU = AcceleratorUri.parse("onnx:cpu");

  @Test
  void embedsGeneratedTextsAsLangchain4jDoes() {
    assertSameAsLangchain4j(Texts.generated(100, 40, 7), 16, 2, false);
  }

  @ParameterizedTest(name = "batches of {0} on {1} threads, shuffled: {2}")
  @CsvSource({"1,2,false", "64,1,false", "64,2,true"})
  void embedsRealDescriptionsAsLangchain4jDoes(int batch, int parallelism, boolean shuffled) {
    List<String> texts = Texts.realDescriptions(1000);
    assertThat(texts).hasSize(1000);
    assertSameAsLangchain4j(texts, batch, parallelism, shuffled);
  }

  private static void assertSameAsLangchain4j(
      List<String> texts, int batchRows, int parallelism, boolean shuffled) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, texts.size()).boxed().toList());
    if (shuffled) {
      Collections.shuffle(order, new Random(11));
    }
    Model model = Models.resolve("minilm");
    List<long[]> tokens = Texts.tokens(model, texts);
    float[][] ours = new float[texts.size()][];
    SessionOptions options =
        SessionOptions.defaults()
            .withPreparation(GraphPreparation.AS_SHIPPED)
            .withParallelism(parallelism);
    try (InferenceSession session = Sessions.open(CPU, model, options);
        MemoryScope scope = MemoryScope.open("test")) {
      for (int from = 0; from < order.size(); from += batchRows) {
        List<Integer> rows = order.subList(from, Math.min(from + batchRows, order.size()));
        try (ArrowBatch batch = TokenBatches.of(scope, rows.stream().map(tokens::get).toList());
            ArrowBatch answer = session.infer(batch).block()) {
          assertThat(answer).isNotNull();
          List<float[]> vectors = Vectors.of(answer);
          for (int i = 0; i < rows.size(); i++) {
            ours[rows.get(i)] = vectors.get(i);
          }
        }
      }
    }
    List<float[]> theirs = IndependentAnswers.to(texts);
    for (int i = 0; i < texts.size(); i++) {
      assertThat(Vectors.cosine(ours[i], theirs.get(i)))
          .as(texts.get(i))
          .isGreaterThanOrEqualTo(0.9999);
      assertThat(Vectors.norm(ours[i])).isBetween(0.9999, 1.0001);
    }
  }
}
