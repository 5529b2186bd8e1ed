package dev.millrace.accelerator.onnx;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.TextColumns;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** What a session makes of good batches and of bad ones. */
class InferTest {

  private static final AcceleratorUri CPU = AcceleratorUri.parse("onnx:cpu");

  private final MemoryScope scope = MemoryScope.open("test");
  private final InferenceSession minilm =
      Sessions.open(CPU, Models.resolve("minilm"), SessionOptions.defaults());

  @AfterEach
  void close() {
    minilm.close();
    scope.close();
  }

  @Test
  void saysWhatItTakesAndGives() {
    assertThat(minilm.signature().inputs())
        .extracting(TensorSpec::name)
        .containsExactlyInAnyOrder("input_ids", "attention_mask", "token_type_ids");
    assertThat(minilm.signature().outputs()).hasToString("[embedding FLOAT32[?, 384]]");
  }

  @Test
  void runsOnceForEachSubscription() {
    try (ArrowBatch batch = TokenBatches.of(scope, List.of(new long[] {101, 2317, 102}))) {
      Mono<ArrowBatch> infer = minilm.infer(batch);
      try (ArrowBatch first = requireNonNull(infer.block());
          ArrowBatch second = requireNonNull(infer.block())) {
        assertThat(second).isNotSameAs(first);
        assertThat(Vectors.of(second)).containsExactlyElementsOf(Vectors.of(first));
      }
    }
  }

  @Test
  void answersAfterTheCallerClosedItsReference() {
    ArrowBatch batch = TokenBatches.of(scope, List.of(new long[] {101, 2317, 102}));
    var answer = minilm.infer(batch).toFuture();
    batch.close();
    try (ArrowBatch done = answer.join()) {
      assertThat(Vectors.norm(Vectors.of(done).get(0))).isBetween(0.9999, 1.0001);
    }
  }

  @Test
  void answersNoRowsWithNoVectors() {
    try (ArrowBatch batch = TokenBatches.of(scope, List.of());
        ArrowBatch answer = requireNonNull(minilm.infer(batch).block())) {
      assertThat(answer.rowCount()).isZero();
      assertThat(((FixedSizeListVector) answer.requireColumn("embedding")).getListSize())
          .isEqualTo(384);
    }
  }

  @Test
  void refusesRowsWithoutTokens() {
    assertFailure(TokenBatches.of(scope, List.of(new long[0]), 0), Category.INPUT, "width of 0");
    assertFailure(
        TokenBatches.of(scope, List.of(new long[] {5}, new long[0]), 4),
        Category.INPUT,
        "Row 1 of the batch has token_count 0");
  }

  @Test
  void refusesIdsThatTheModelHasNot() {
    assertFailure(
        TokenBatches.of(scope, List.of(new long[] {101, 999_999, 102})),
        Category.INPUT,
        "onnx:cpu with the model 'minilm' on 1 rows × 3 tokens");
  }

  @ParameterizedTest
  @ValueSource(strings = {"input_ids", "attention_mask", "token_count"})
  void refusesABatchWithoutAColumn(String missing) {
    assertFailure(
        changed((name, vector) -> name.equals(missing) ? null : vector),
        Category.INPUT,
        "has no column '" + missing + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"input_ids", "attention_mask", "token_count"})
  void refusesAColumnOfAnotherType(String wrong) {
    assertFailure(
        changed(
            (name, vector) -> {
              if (!name.equals(wrong)) {
                return vector;
              }
              BigIntVector other = new BigIntVector(name, vector.getAllocator());
              other.allocateNew(1);
              other.set(0, 3);
              other.setValueCount(1);
              return other;
            }),
        Category.INPUT,
        "The column is " + wrong + ": Int(64, true)");
  }

  @Test
  void refusesMasksOfAnotherWidth() {
    assertFailure(
        changed(
            (name, vector) ->
                name.equals("attention_mask")
                    ? TokenBatches.lists(vector.getAllocator(), name, List.of(new long[] {1, 1}), 2)
                    : vector),
        Category.INPUT,
        "'attention_mask' has 2 tokens a row, and 'input_ids' has 3");
  }

  @Test
  void refusesNulls() {
    assertFailure(
        changed(
            (name, vector) -> {
              if (!name.equals("token_count")) {
                return vector;
              }
              IntVector counts = new IntVector(name, vector.getAllocator());
              counts.allocateNew(1);
              counts.setNull(0);
              counts.setValueCount(1);
              return counts;
            }),
        Category.INPUT,
        "'token_count' has 1 nulls");
  }

  @Test
  void refusesABatchThatHasAnEmbedding() {
    try (ArrowBatch batch = TokenBatches.of(scope, List.of(new long[] {101, 102}));
        ArrowBatch answer = requireNonNull(minilm.infer(batch).block())) {
      assertFailure(answer.retain(), Category.INPUT, "has a column 'embedding' already");
    }
  }

  @Test
  void refusesABatchThatIsClosed() {
    ArrowBatch batch = TokenBatches.of(scope, List.of(new long[] {101, 102}));
    batch.close();
    assertFailure(batch, Category.INPUT, "a batch that is closed");
  }

  @Test
  void refusesWorkAfterItWasClosed() {
    InferenceSession lease =
        Sessions.open(CPU, Models.resolve("minilm"), SessionOptions.defaults());
    try (ArrowBatch batch = TokenBatches.of(scope, List.of(new long[] {101, 102}))) {
      Mono<ArrowBatch> early = lease.infer(batch);
      lease.close();
      lease.close();
      assertThat(
              catchThrowableOfType(AcceleratorException.class, () -> lease.infer(batch).block())
                  .category())
          .isEqualTo(Category.UNAVAILABLE);
      // The model is still loaded, for another: what was got before the close works.
      requireNonNull(early.block()).close();
    }
  }

  @Test
  void refusesAnAnswerThatIsNoNumber(@TempDir Path folder) {
    ModelFolders.of(
        folder,
        TinyModel.of(13, new float[][] {{0, 0}, {1, Float.NaN}, {Float.POSITIVE_INFINITY, 1}}));
    try (InferenceSession session =
        Sessions.open(CPU, Models.resolve(folder.toString()), SessionOptions.defaults())) {
      assertFailure(
          session,
          TokenBatches.of(scope, List.of(new long[] {0}, new long[] {1})),
          Category.OUTPUT,
          "on 2 rows × 1 tokens: the answer for row 1 holds NaN, in a run of rows 0 to 1");
      assertFailure(
          session,
          TokenBatches.of(scope, List.of(new long[] {2})),
          Category.OUTPUT,
          "the answer for row 0 holds Infinity");
      try (ArrowBatch good = TokenBatches.of(scope, List.of(new long[] {0}))) {
        requireNonNull(session.infer(good).block()).close();
      }
    }
  }

  /** A batch of one row of three tokens, with each column changed or, by null, left out. */
  private ArrowBatch changed(BiFunction<String, FieldVector, @Nullable FieldVector> change) {
    BufferAllocator allocator = scope.allocator();
    IntVector counts = new IntVector(TextColumns.TOKEN_COUNT, allocator);
    counts.allocateNew(1);
    counts.set(0, 3);
    counts.setValueCount(1);
    List<FieldVector> columns =
        List.of(
            TokenBatches.lists(allocator, "input_ids", List.of(new long[] {101, 5, 102}), 3),
            TokenBatches.lists(allocator, "attention_mask", List.of(new long[] {1, 1, 1}), 3),
            counts);
    List<FieldVector> changed = new ArrayList<>();
    for (FieldVector column : columns) {
      FieldVector other = change.apply(column.getName(), column);
      if (other != column) {
        column.close();
      }
      if (other != null) {
        changed.add(other);
      }
    }
    return TokenBatches.batch(scope, 1, changed);
  }

  private void assertFailure(ArrowBatch batch, Category category, String message) {
    assertFailure(minilm, batch, category, message);
  }

  /** Closes the batch. */
  private static void assertFailure(
      InferenceSession session, ArrowBatch batch, Category category, String message) {
    try (batch) {
      AcceleratorException failure =
          catchThrowableOfType(AcceleratorException.class, () -> session.infer(batch).block());
      assertThat(failure).hasMessageContaining(message);
      assertThat(failure.category()).isEqualTo(category);
    }
  }
}
