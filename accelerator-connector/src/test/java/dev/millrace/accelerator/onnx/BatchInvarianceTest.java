package dev.millrace.accelerator.onnx;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.BatchInvariance;
import dev.millrace.accelerator.GraphPreparation;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A row's answer does not depend on its batch. */
class BatchInvarianceTest {

  private static final AcceleratorUri CPU = AcceleratorUri.parse("onnx:cpu");
  private static final SessionOptions AS_SHIPPED =
      SessionOptions.defaults().withPreparation(GraphPreparation.AS_SHIPPED);
  private static final List<String> TEXTS = Texts.generated(48, 30, 5);

  @Test
  void anFp32ModelAnswersInABatchAsAlone(@TempDir Path folder) {
    Model model = Models.resolve(ModelFolders.fp32MiniLm(folder).toString());
    List<long[]> tokens = Texts.tokens(model, TEXTS);
    try (InferenceSession session = Sessions.open(CPU, model, SessionOptions.defaults())) {
      assertThat(session.runsRowsAlone()).isFalse();
      assertThat(session.batchInvariant()).isTrue();
      List<float[]> alone = embed(session, tokens, 1, 0);
      for (List<float[]> company :
          List.of(
              embed(session, tokens, 48, 0),
              embed(session, tokens, 7, 128),
              shuffled(session, tokens))) {
        for (int i = 0; i < alone.size(); i++) {
          assertThat(Vectors.cosine(alone.get(i), company.get(i)))
              .as(TEXTS.get(i))
              .isGreaterThanOrEqualTo(0.9999);
        }
      }
    }
  }

  @Test
  void anInt8ModelAnswersInABatchAsAloneToTheBit() {
    Model model = Models.resolve("minilm");
    List<long[]> tokens = Texts.tokens(model, TEXTS);
    try (InferenceSession session = Sessions.open(CPU, model, AS_SHIPPED.withParallelism(2))) {
      assertThat(session.runsRowsAlone()).isTrue();
      assertThat(session.batchInvariant()).isTrue();
      List<float[]> alone = embed(session, tokens, 1, 0);
      assertThat(embed(session, tokens, 48, 0)).containsExactlyElementsOf(alone);
      assertThat(embed(session, tokens, 7, 128)).containsExactlyElementsOf(alone);
      assertThat(shuffled(session, tokens)).containsExactlyElementsOf(alone);
    }
  }

  @Test
  void relaxedRunsTheBatchAsOneAndSaysThatAnswersDepend() {
    Model model = Models.resolve("minilm");
    AtomicInteger runs = new AtomicInteger();
    try (OnnxSession session =
        new OnnxConnector()
            .open(
                CPU,
                model,
                AS_SHIPPED.withBatchInvariance(BatchInvariance.RELAXED),
                (inputs, outputs) -> runs.incrementAndGet())) {
      assertThat(session.runsRowsAlone()).isFalse();
      assertThat(session.batchInvariant()).isFalse();
      List<float[]> vectors = embed(session, Texts.tokens(model, TEXTS), 48, 0);
      assertThat(vectors).hasSize(48);
      assertThat(runs).hasValue(1);
    }
  }

  private static List<float[]> shuffled(InferenceSession session, List<long[]> tokens) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, tokens.size()).boxed().toList());
    Collections.shuffle(order, new Random(3));
    List<float[]> answers = embed(session, order.stream().map(tokens::get).toList(), 16, 0);
    List<float[]> inOrder = new ArrayList<>(Collections.nCopies(tokens.size(), new float[0]));
    for (int i = 0; i < order.size(); i++) {
      inOrder.set(order.get(i), answers.get(i));
    }
    return inOrder;
  }

  /**
   * @param width tokens to pad to; 0 for the longest row's
   */
  private static List<float[]> embed(
      InferenceSession session, List<long[]> tokens, int batchRows, int width) {
    List<float[]> vectors = new ArrayList<>();
    try (MemoryScope scope = MemoryScope.open("test")) {
      for (int from = 0; from < tokens.size(); from += batchRows) {
        List<long[]> rows = tokens.subList(from, Math.min(from + batchRows, tokens.size()));
        try (ArrowBatch batch =
                width == 0 ? TokenBatches.of(scope, rows) : TokenBatches.of(scope, rows, width);
            ArrowBatch answer = requireNonNull(session.infer(batch).block())) {
          vectors.addAll(Vectors.of(answer));
        }
      }
    }
    return vectors;
  }
}
