package dev.millrace.accelerator;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.generation.AnswerColumns;
import dev.millrace.accelerator.generation.GeneratedAnswer;
import dev.millrace.accelerator.generation.PromptRows;
import dev.millrace.accelerator.onnx.HeadedModels;
import dev.millrace.accelerator.onnx.ModelFolders;
import dev.millrace.accelerator.onnx.RawModels;
import dev.millrace.accelerator.onnx.TinyModel;
import dev.millrace.accelerator.onnx.TokenBatches;
import dev.millrace.accelerator.onnx.TokenModels;
import dev.millrace.accelerator.onnx.Vectors;
import dev.millrace.accelerator.tensor.TensorColumns;
import dev.millrace.accelerator.tensor.TensorRows;
import dev.millrace.accelerator.tensor.TensorValue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/**
 * What every connector does. A subclass says where: an accelerator that runs {@link #tiny}, whose
 * answers can be told by hand. That no byte is left is looked at after each test.
 */
public abstract class ConnectorContract {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int DIMENSIONS = TinyModel.vectorOf(0).length;

  @TempDir static Path ofTasks;

  private final MemoryScope scope = MemoryScope.open("contract");
  private final List<InferenceSession> open = new ArrayList<>();

  /** The accelerator. */
  protected abstract AcceleratorUri accelerator();

  /** The folder that {@link #tiny} wrote. */
  protected abstract Path modelFolder();

  /**
   * The accelerator that runs {@link #folderOf the model} of a task; null if there is none of its
   * scheme.
   */
  protected abstract @Nullable AcceleratorUri acceleratorFor(ModelTask task);

  /** Where a small model for a task lies; that of a generator, which has none, means nothing. */
  protected static Path folderOf(ModelTask task) {
    return ofTasks.resolve(task.toString());
  }

  /** The labels of the classifiers among these. */
  protected static final List<String> LABELS = List.of("O", "B-PER", "I-PER");

  @BeforeAll
  static void writeModelsOfTasks() {
    tiny(folderOf(ModelTask.EMBEDDING));
    HeadedModels.tiny(
        folderOf(ModelTask.CLASSIFICATION),
        "\"id2label\": {\"0\": \"O\", \"1\": \"B-PER\", \"2\": \"I-PER\"},");
    TokenModels.tiny(folderOf(ModelTask.TOKEN_CLASSIFICATION), LABELS);
    RawModels.classifier(folderOf(ModelTask.RAW));
  }

  private static Model modelOf(ModelTask task) {
    return switch (task) {
      case GENERATION -> Models.generating("tiny", Generator.defaults());
      case RAW -> Models.raw(folderOf(task).toString());
      default -> Models.resolve(folderOf(task).toString());
    };
  }

  /** What a failure calls it. */
  protected String nameInFailures() {
    return accelerator().toString();
  }

  /** The accelerator with a parameter that no connector knows, {@code speed=warp}. */
  protected AcceleratorUri withUnknownParameter() {
    return AcceleratorUri.parse(
        accelerator().scheme() + ":" + accelerator().target() + "?speed=warp");
  }

  /** Writes the model of the contract into a folder: the mean of its tokens, at length 1. */
  public static Path tiny(Path folder) {
    return ModelFolders.of(folder, TinyModel.of(13), "pooling_mode_mean_tokens");
  }

  private InferenceSession session() {
    InferenceSession session = Sessions.open(accelerator(), model(), SessionOptions.defaults());
    open.add(session);
    return session;
  }

  private Model model() {
    return Models.resolve(modelFolder().toString());
  }

  @AfterEach
  void closeAll() {
    open.forEach(InferenceSession::close);
    scope.close();
  }

  @Test
  void saysWhatItGives() {
    InferenceSession session = session();
    assertThat(session.signature().outputs()).hasToString("[embedding FLOAT32[?, 3]]");
    assertThat(session.accelerator()).isEqualTo(accelerator());
    assertThat(session.parallelism()).isPositive();
    assertThat(session.batchInvariant()).isTrue();
    assertThat(session.model().digest()).isEqualTo(model().digest());
    assertThat(session.toString()).contains(accelerator().target());
  }

  @Test
  void knowsItsDigestBeforeThereIsASession() {
    assertThat(Sessions.digest(accelerator(), model(), SessionOptions.defaults()))
        .isEqualTo(session().digest())
        .matches("[0-9a-f]{64}");
  }

  @Test
  void answersAsTheModelDoes() {
    List<long[]> rows = List.of(new long[] {1}, new long[] {1, 2, 2}, new long[] {3, 1});
    try (ArrowBatch batch = TokenBatches.of(scope, rows);
        ArrowBatch answer = infer(session(), batch)) {
      requireAnswer(answer, rows);
      assertThat(answer.requireColumn(TextColumns.INPUT_IDS).getName())
          .isEqualTo(TextColumns.INPUT_IDS);
    }
  }

  @Test
  void runsOnceForEachSubscription() {
    List<long[]> rows = List.of(new long[] {2, 1});
    try (ArrowBatch batch = TokenBatches.of(scope, rows)) {
      Mono<ArrowBatch> infer = session().infer(batch);
      try (ArrowBatch first = requireNonNull(infer.block(PATIENCE));
          ArrowBatch second = requireNonNull(infer.block(PATIENCE))) {
        assertThat(second).isNotSameAs(first);
        requireAnswer(first, rows);
        requireAnswer(second, rows);
      }
    }
  }

  @Test
  void runsNothingThatIsNotAskedFor() {
    InferenceSession session = session();
    try (ArrowBatch batch = TokenBatches.of(scope, List.of(new long[] {1}))) {
      StepVerifier.create(session.infer(batch), 0)
          .expectSubscription()
          .expectNoEvent(Duration.ofMillis(50))
          .thenRequest(1)
          .consumeNextWith(ArrowBatch::close)
          .verifyComplete();
      StepVerifier.create(session.infer(batch), 0).expectSubscription().thenCancel().verify();
    }
  }

  @Test
  void leavesTheCallersReferenceToTheCaller() {
    List<long[]> rows = List.of(new long[] {1, 3}, new long[] {2});
    ArrowBatch batch = TokenBatches.of(scope, rows);
    CompletableFuture<ArrowBatch> answer = session().infer(batch).toFuture();
    batch.close();
    try (ArrowBatch done = answer.orTimeout(20, TimeUnit.SECONDS).join()) {
      requireAnswer(done, rows);
    }
  }

  @Test
  void answersNoRowsWithNoVectors() {
    try (ArrowBatch batch = TokenBatches.of(scope, List.of());
        ArrowBatch answer = infer(session(), batch)) {
      assertThat(answer.rowCount()).isZero();
      assertThat(((FixedSizeListVector) answer.requireColumn("embedding")).getListSize())
          .isEqualTo(DIMENSIONS);
    }
  }

  @Test
  void keepsManyBatchesApart() {
    Random random = new Random(5);
    InferenceSession session = session();
    List<List<long[]>> batches = new ArrayList<>();
    List<CompletableFuture<ArrowBatch>> answers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      List<long[]> rows = rows(random, 1 + random.nextInt(20));
      batches.add(rows);
      try (ArrowBatch batch = TokenBatches.of(scope, rows)) {
        answers.add(session.infer(batch).toFuture());
      }
    }
    for (int i = 0; i < batches.size(); i++) {
      try (ArrowBatch answer = answers.get(i).orTimeout(30, TimeUnit.SECONDS).join()) {
        requireAnswer(answer, batches.get(i));
      }
    }
  }

  @Test
  void honoursDemandAndOrderOfAStream() {
    Random random = new Random(6);
    List<List<long[]>> batches = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      batches.add(rows(random, 1 + random.nextInt(5)));
    }
    AtomicInteger next = new AtomicInteger();
    session()
        .inferAll(Flux.fromIterable(batches).map(rows -> TokenBatches.of(scope, rows)))
        .limitRate(3)
        .doOnNext(
            answer -> {
              try (answer) {
                requireAnswer(answer, batches.get(next.getAndIncrement()));
              }
            })
        .then()
        .block(PATIENCE);
    assertThat(next).hasValue(30);
  }

  /** Cancels at every moment that it can hit; each answer has exactly one owner. */
  @Test
  void losesNothingToACancellationThatRacesTheAnswer() {
    InferenceSession session = session();
    try (ArrowBatch batch = TokenBatches.of(scope, List.of(new long[] {1, 2}, new long[] {3}))) {
      for (int i = 0; i < 300; i++) {
        Racer racer = new Racer();
        session.infer(batch).subscribe(racer);
        LockSupport.parkNanos(i % 100 * 50_000L);
        racer.cancel();
      }
      // It works on as before.
      infer(session, batch).close();
    }
  }

  private static final class Racer extends BaseSubscriber<ArrowBatch> {
    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      subscription.request(1);
    }

    @Override
    protected void hookOnNext(ArrowBatch answer) {
      answer.close();
    }
  }

  @Test
  void endsItsRunsBeforeItGoes() {
    List<long[]> rows = List.of(new long[] {1, 2});
    InferenceSession session = session();
    List<CompletableFuture<ArrowBatch>> answers = new ArrayList<>();
    try (ArrowBatch batch = TokenBatches.of(scope, rows)) {
      for (int i = 0; i < 20; i++) {
        answers.add(session.infer(batch).toFuture());
      }
    }
    session.close();
    session.close();
    for (CompletableFuture<ArrowBatch> answer : answers) {
      try (ArrowBatch done = answer.orTimeout(20, TimeUnit.SECONDS).join()) {
        requireAnswer(done, rows);
      }
    }
  }

  @Test
  void refusesWorkAfterItWasClosed() {
    InferenceSession session = session();
    try (ArrowBatch batch = TokenBatches.of(scope, List.of(new long[] {1}))) {
      Mono<ArrowBatch> early = session.infer(batch);
      session.close();
      requireFailure(early, Category.UNAVAILABLE, "is closed");
      requireFailure(session.infer(batch), Category.UNAVAILABLE, "is closed");
    }
  }

  @Test
  void refusesBatchesThatAreNone() {
    InferenceSession session = session();
    ArrowBatch closed = TokenBatches.of(scope, List.of(new long[] {1}));
    closed.close();
    requireFailure(session.infer(closed), Category.INPUT, "a batch that is closed");
    try (ArrowBatch batch = TokenBatches.of(scope, List.of(new long[] {1}));
        ArrowBatch answer = infer(session, batch)) {
      requireFailure(session.infer(answer), Category.INPUT, "has a column 'embedding' already");
    }
    try (ArrowBatch empty = TokenBatches.of(scope, List.of(new long[] {1}, new long[0]))) {
      requireFailure(session.infer(empty), Category.INPUT, "Row 1 of the batch has token_count 0");
    }
  }

  @Test
  void saysThatAnIdIsUnknownToTheModel() {
    try (ArrowBatch batch = TokenBatches.of(scope, List.of(new long[] {1, 99}))) {
      requireFailure(session().infer(batch), Category.INPUT, nameInFailures());
    }
  }

  @Test
  void refusesParametersThatItDoesNotKnow() {
    AcceleratorException refused =
        catchThrowableOfType(
            AcceleratorException.class, () -> Sessions.validate(withUnknownParameter()));
    assertThat(refused.category()).isEqualTo(Category.CONFIGURATION);
    assertThat(refused).hasMessageContaining("has no parameter speed. It takes ");
    Sessions.validate(accelerator());
  }

  @ParameterizedTest
  @EnumSource(ModelTask.class)
  void runsAModelOfEachTaskOrSaysWhoDoes(ModelTask task) {
    Model model = modelOf(task);
    AcceleratorUri uri = acceleratorFor(task);
    if (uri == null) {
      AcceleratorException refused =
          catchThrowableOfType(
              AcceleratorException.class, () -> Sessions.validate(accelerator(), model));
      assertThat(refused.category()).isEqualTo(Category.CONFIGURATION);
      assertThat(refused)
          .hasMessageContaining(
              "cannot run the model '"
                  + model.name()
                  + "', which is for "
                  + task
                  + ". The schemes that can are [");
      return;
    }
    Sessions.validate(uri, model);
    InferenceSession session = Sessions.open(uri, model, SessionOptions.defaults());
    open.add(session);
    assertThat(session.digest()).isEqualTo(Sessions.digest(uri, model, SessionOptions.defaults()));
    assertThat(session.readsTexts()).isEqualTo(Sessions.readsTexts(uri, model));
    switch (task) {
      case EMBEDDING, CLASSIFICATION, TOKEN_CLASSIFICATION -> requireTokensAreAnswered(session);
      case GENERATION -> requirePromptsAreAnswered(session);
      case RAW -> requireTensorsAreAnswered(session);
    }
  }

  /** Rows, none, and rows that have an answer already. */
  private void requireTokensAreAnswered(InferenceSession session) {
    ModelTask task = session.model().task();
    List<long[]> rows = List.of(new long[] {1}, new long[] {1, 2, 2}, new long[] {3, 1});
    try (ArrowBatch batch = TokenBatches.of(scope, rows);
        ArrowBatch answer = infer(session, batch)) {
      requireNumbers(task, rows, Vectors.of(answer, task.column()));
      requireFailure(
          session.infer(answer), Category.INPUT, "has a column '" + task.column() + "' already");
    }
    try (ArrowBatch batch = TokenBatches.of(scope, List.of());
        ArrowBatch answer = infer(session, batch)) {
      assertThat(answer.rowCount()).isZero();
      assertThat(answer.column(task.column())).isNotNull();
    }
  }

  /** Looks whether the numbers are the model's. */
  protected void requireNumbers(ModelTask task, List<long[]> rows, List<float[]> numbers) {
    for (int row = 0; row < rows.size(); row++) {
      float[] sum = new float[LABELS.size()];
      for (int token = 0; token < rows.get(row).length; token++) {
        float[] vector = TinyModel.vectorOf((int) rows.get(row)[token]);
        if (task == ModelTask.TOKEN_CLASSIFICATION) {
          assertThat(
                  Arrays.copyOfRange(
                      numbers.get(row), token * LABELS.size(), (token + 1) * LABELS.size()))
              .containsExactly(HeadedModels.softmax(vector), within(1e-5f));
        }
        for (int i = 0; i < sum.length; i++) {
          sum[i] += vector[i];
        }
      }
      if (task == ModelTask.CLASSIFICATION) {
        assertThat(numbers.get(row)).containsExactly(HeadedModels.softmax(sum), within(1e-5f));
      }
    }
  }

  private void requirePromptsAreAnswered(InferenceSession session) {
    try (ArrowBatch batch = PromptRows.of(scope, "one two three", "four");
        ArrowBatch answer = infer(session, batch)) {
      for (int row = 0; row < 2; row++) {
        GeneratedAnswer generated = AnswerColumns.read(answer, row);
        assertThat(generated.text()).isNotBlank();
        assertThat(generated.finishReason()).isEqualTo("stop");
        assertThat(generated.promptTokens()).isPositive();
        assertThat(generated.answerTokens()).isPositive();
      }
    }
    try (ArrowBatch batch = PromptRows.limited(scope, "one two three four five six", 2);
        ArrowBatch answer = infer(session, batch)) {
      assertThat(AnswerColumns.read(answer, 0).finishReason()).isEqualTo("length");
      assertThat(AnswerColumns.read(answer, 0).answerTokens()).isEqualTo(2);
    }
    try (ArrowBatch batch = TokenBatches.of(scope, List.of(new long[] {1}))) {
      requireFailure(session.infer(batch), Category.INPUT, TextColumns.PROMPT);
    }
  }

  private void requireTensorsAreAnswered(InferenceSession session) {
    assertThat(session.signature())
        .hasToString(
            "Signature[inputs=[X FLOAT32[?, 3]], outputs=[label INT64[?], probabilities FLOAT32[?,"
                + " 2]]]");
    List<List<TensorValue>> rows =
        List.of(
            List.of(new TensorValue(List.of(3), new float[] {2, 1, 0})),
            List.of(new TensorValue(List.of(3), new float[] {0, 1, -4})));
    try (ArrowBatch batch = TensorRows.of(scope, session.signature().inputs(), rows);
        ArrowBatch answer = infer(session, batch)) {
      for (int row = 0; row < rows.size(); row++) {
        assertThat(
                TensorColumns.value(answer.requireColumn("label"), ElementType.INT64, row)
                    .elements())
            .isEqualTo(new long[] {row});
        float[] expected = HeadedModels.softmax(row == 0 ? new float[] {2, 1} : new float[] {0, 5});
        assertThat(
                (float[])
                    TensorColumns.value(
                            answer.requireColumn("probabilities"), ElementType.FLOAT32, row)
                        .elements())
            .containsExactly(expected, within(1e-5f));
      }
    }
  }

  private static List<long[]> rows(Random random, int count) {
    List<long[]> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(random.longs(1 + random.nextInt(6), 0, 4).toArray());
    }
    return rows;
  }

  private static ArrowBatch infer(InferenceSession session, ArrowBatch batch) {
    return requireNonNull(session.infer(batch).block(PATIENCE));
  }

  private static void requireFailure(Mono<ArrowBatch> infer, Category category, String message) {
    AcceleratorException failure =
        catchThrowableOfType(AcceleratorException.class, () -> infer.block(PATIENCE));
    assertThat(failure).hasMessageContaining(message);
    assertThat(failure.category()).isEqualTo(category);
  }

  private static void requireAnswer(ArrowBatch answer, List<long[]> rows) {
    List<float[]> vectors = Vectors.of(answer);
    assertThat(vectors).hasSameSizeAs(rows);
    for (int row = 0; row < rows.size(); row++) {
      double[] expected = new double[DIMENSIONS];
      for (long id : rows.get(row)) {
        for (int d = 0; d < DIMENSIONS; d++) {
          expected[d] += TinyModel.vectorOf((int) id)[d] / rows.get(row).length;
        }
      }
      double length = 0;
      for (double value : expected) {
        length += value * value;
      }
      length = Math.max(1e-12, Math.sqrt(length));
      for (int d = 0; d < DIMENSIONS; d++) {
        assertThat((double) vectors.get(row)[d])
            .as("row %s, dimension %s", row, d)
            .isCloseTo(expected[d] / length, within(1e-5));
      }
    }
  }
}
