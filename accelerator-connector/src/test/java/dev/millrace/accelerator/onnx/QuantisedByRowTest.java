package dev.millrace.accelerator.onnx;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Precision;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Models that are made to quantise by row: batched, batch-invariant, and near to float32. */
class QuantisedByRowTest {

  private static final AcceleratorUri CPU = AcceleratorUri.parse("onnx:cpu");
  private static final SessionOptions DEFAULTS = SessionOptions.defaults();

  private enum Source {
    EMBEDDED(0.995, 0.986),
    FP32(0.998, 0.995);

    final double mean;
    final double least;

    Source(double mean, double least) {
      this.mean = mean;
      this.least = least;
    }
  }

  @TempDir static Path folder;

  private static Model fp32;

  @BeforeAll
  static void writeModel() {
    fp32 = Models.resolve(ModelFolders.fp32MiniLm(folder).toString());
  }

  @ParameterizedTest
  @EnumSource
  void aRowsAnswerDoesNotDependOnItsCompany(Source source) {
    List<String> texts = Texts.generated(48, 30, 5);
    List<long[]> tokens = Texts.tokens(fp32, texts);
    try (InferenceSession session = open(source)) {
      assertThat(session.batchInvariant()).isTrue();
      assertThat(session.runsRowsAlone()).isFalse();
      List<float[]> alone = embed(session, tokens, 1, 0);
      for (List<float[]> company :
          List.of(
              embed(session, tokens, 48, 0),
              embed(session, tokens, 7, 128),
              shuffled(session, tokens))) {
        for (int i = 0; i < alone.size(); i++) {
          assertThat(Vectors.cosine(alone.get(i), company.get(i)))
              .as(texts.get(i))
              .isGreaterThanOrEqualTo(0.9999);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void realTextsAreNearToFloat32(Source source) {
    List<String> texts = new ArrayList<>(Texts.realDescriptions(200));
    texts.addAll(Texts.realReviews(40));
    List<long[]> tokens = Texts.tokens(fp32, texts);
    double sum = 0;
    double least = 1;
    try (InferenceSession session = open(source);
        InferenceSession exact = Sessions.open(CPU, fp32, DEFAULTS)) {
      List<float[]> vectors = embed(session, tokens, 50, 0);
      List<float[]> expected = embed(exact, tokens, 50, 0);
      for (int i = 0; i < vectors.size(); i++) {
        double cosine = Vectors.cosine(vectors.get(i), expected.get(i));
        sum += cosine;
        least = Math.min(least, cosine);
      }
    }
    assertThat(sum / tokens.size()).isGreaterThanOrEqualTo(source.mean);
    assertThat(least).isGreaterThanOrEqualTo(source.least);
  }

  @Test
  void theDigestTellsWhatWasDone() {
    Model embedded = Models.resolve("minilm");
    List<String> digests = new ArrayList<>();
    for (Precision precision : Precision.values()) {
      try (InferenceSession session = Sessions.open(CPU, fp32, DEFAULTS.withPrecision(precision))) {
        digests.add(session.digest());
      }
    }
    digests.add(fp32.digest());
    digests.add(embedded.digest());
    try (InferenceSession session = Sessions.open(CPU, embedded, DEFAULTS);
        InferenceSession again =
            Sessions.open(CPU, embedded, DEFAULTS.withPrecision(Precision.INT8))) {
      assertThat(session.digest()).hasSize(64);
      assertThat(Sessions.digest(CPU, embedded, DEFAULTS)).isEqualTo(session.digest());
      assertThat(again.digest()).as("it is int8 already").isEqualTo(session.digest());
      digests.add(session.digest());
    }
    assertThat(digests).doesNotHaveDuplicates();
  }

  private static InferenceSession open(Source source) {
    return switch (source) {
      case EMBEDDED -> Sessions.open(CPU, Models.resolve("minilm"), DEFAULTS);
      case FP32 -> Sessions.open(CPU, fp32, DEFAULTS.withPrecision(Precision.INT8));
    };
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
