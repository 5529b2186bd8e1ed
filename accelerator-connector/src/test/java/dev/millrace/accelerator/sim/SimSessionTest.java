package dev.millrace.accelerator.sim;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.Generator;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.generation.AnswerColumns;
import dev.millrace.accelerator.generation.GeneratedAnswer;
import dev.millrace.accelerator.generation.PromptRows;
import dev.millrace.accelerator.onnx.HeadedModels;
import dev.millrace.accelerator.onnx.TokenBatches;
import dev.millrace.accelerator.onnx.Vectors;
import dev.millrace.accelerator.time.VirtualClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The simulated device by itself: its answers, its time, its faults. */
class SimSessionTest {

  private static final List<long[]> ROWS =
      List.of(new long[] {101, 7, 8, 102}, new long[] {101, 102}, new long[] {101, 7, 9, 102});

  private final VirtualClock clock = new VirtualClock();
  private final SimDevices devices = new SimDevices(clock);

  private InferenceSession open(String uri) {
    return devices.open(AcceleratorUri.parse(uri), Models.resolve("minilm"));
  }

  @Test
  void vectorsDependOnTheRowAloneAndAreTheSameOnEveryDeviceOfASeed() {
    List<float[]> together = answer("sim:a", ROWS, 6);
    assertThat(answer("sim:b?speed=5", ROWS, 4)).usingRecursiveComparison().isEqualTo(together);
    for (int row = 0; row < ROWS.size(); row++) {
      assertThat(answer("sim:c", List.of(ROWS.get(row)), 9).get(0)).isEqualTo(together.get(row));
      assertThat(cosine(together.get(row), together.get(row))).isCloseTo(1, within(1e-5));
    }
    assertThat(answer("sim:a?seed=1", ROWS, 6).get(0)).isNotEqualTo(together.get(0));
    assertThat(cosine(together.get(0), together.get(2)))
        .as("rows that share tokens are near to each other")
        .isGreaterThan(cosine(together.get(0), together.get(1)));
  }

  @Test
  void scoresAreTheActivationsAndTheSameOnEveryDeviceOfASeed(@TempDir Path folder) {
    HeadedModels.tiny(folder, "\"num_labels\": 3,");
    List<float[]> scores = scores("sim:a", folder, ROWS, false);
    assertThat(scores("sim:b?speed=5", folder, ROWS, false))
        .usingRecursiveComparison()
        .isEqualTo(scores);
    assertThat(scores("sim:a?seed=1", folder, ROWS, false).get(0)).isNotEqualTo(scores.get(0));
    for (float[] row : scores) {
      assertThat(row).hasSize(3);
      assertThat(row[0] + row[1] + row[2]).isCloseTo(1, within(1e-5f));
    }
    assertThatThrownBy(() -> scores("sim:n?nan=1", folder, ROWS, false))
        .hasMessageContaining("answered row 0 of 3 with NaN, as it was told to");
    assertThat(scores("sim:l?lie=1", folder, ROWS, false).get(0)).isNotEqualTo(scores.get(0));
    assertThat(scores("sim:w?wrong-shape=1", folder, ROWS, false).get(0)).hasSize(1);
  }

  @Test
  void aPairHasTheMoreOfAScoreTheMoreTokensItsTextsShare(@TempDir Path folder) {
    HeadedModels.tiny(folder, "\"num_labels\": 1,");
    List<float[]> scores =
        scores(
            "sim:a",
            folder,
            List.of(
                new long[] {101, 7, 8, 9, 102, 7, 8, 9, 102},
                new long[] {101, 7, 8, 9, 102, 7, 11, 12, 102},
                new long[] {101, 7, 8, 9, 102, 13, 11, 12, 102}),
            true);
    assertThat(scores.get(0)[0]).isGreaterThan(0.9f).isLessThanOrEqualTo(1);
    assertThat(scores.get(1)[0]).isBetween(0.1f, 0.9f).isGreaterThan(scores.get(2)[0]);
    assertThat(scores.get(2)[0]).isNotNegative().isLessThan(0.2f);
  }

  /**
   * @param pairs whether the tokens from the sixth on are of a second text
   */
  private List<float[]> scores(String uri, Path model, List<long[]> rows, boolean pairs) {
    List<float[]> scores = new ArrayList<>();
    try (MemoryScope scope = MemoryScope.open("test");
        InferenceSession session =
            devices.open(AcceleratorUri.parse(uri), Models.resolve(model.toString()));
        ArrowBatch batch =
            pairs ? TokenBatches.ofPairs(scope, rows, 5) : TokenBatches.of(scope, rows)) {
      assertThat(session.signature().outputs().get(0).name()).isEqualTo(TextColumns.SCORES);
      AtomicReference<Throwable> failure = new AtomicReference<>();
      session
          .infer(batch)
          .subscribe(
              answer -> {
                try (answer) {
                  scores.addAll(Vectors.of(answer, TextColumns.SCORES));
                }
              },
              failure::set);
      clock.advance(Duration.ofMinutes(1).toNanos());
      if (failure.get() instanceof RuntimeException known) {
        throw known;
      }
    }
    return scores;
  }

  @Test
  void promptsAreAnsweredWithWordsOfTheirOwn() {
    GeneratedAnswer answer = said("sim:a", "one two three", null);
    assertThat(said("sim:b?speed=5", "one two three", null)).isEqualTo(answer);
    assertThat(answer.text().split(" ", -1))
        .isSubsetOf("one", "two", "three")
        .hasSize(requireNonNull(answer.answerTokens()));
    assertThat(answer.finishReason()).isEqualTo("stop");
    assertThat(said("sim:a?seed=1", "one two three", null).text()).isNotEqualTo(answer.text());
    GeneratedAnswer cut = said("sim:a", "one two three", 2);
    assertThat(cut.text().split(" ", -1)).hasSize(2);
    assertThat(cut.finishReason()).isEqualTo("length");
    assertThatThrownBy(() -> said("sim:n?nan=1", "one", null))
        .hasMessageContaining("broke an answer off, as it was told to");
    assertThatThrownBy(() -> said("sim:f?fail=1", "one", null))
        .hasMessageContaining("failed a batch of 1 rows");
    Generator toASchema = new Generator(null, null, null, "{\"type\": \"object\"}", true, null);
    assertThatThrownBy(
            () ->
                Sessions.validate(AcceleratorUri.parse("sim:a"), Models.generating("m", toASchema)))
        .hasMessageContaining("cannot keep to a JSON schema");
  }

  private GeneratedAnswer said(String uri, String prompt, @Nullable Integer limit) {
    try (MemoryScope scope = MemoryScope.open("test");
        InferenceSession session =
            devices.open(AcceleratorUri.parse(uri), Models.generating("m", Generator.defaults()));
        ArrowBatch batch =
            limit == null
                ? PromptRows.of(scope, prompt)
                : PromptRows.limited(scope, prompt, limit)) {
      AtomicReference<GeneratedAnswer> said = new AtomicReference<>();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      session
          .infer(batch)
          .subscribe(
              answer -> {
                try (answer) {
                  said.set(AnswerColumns.read(answer, 0));
                }
              },
              failure::set);
      clock.advance(Duration.ofMinutes(1).toNanos());
      if (failure.get() instanceof RuntimeException known) {
        throw known;
      }
      return requireNonNull(said.get());
    }
  }

  @Test
  void aBatchTakesItsCostAndThatOfItsTokens() {
    try (MemoryScope scope = MemoryScope.open("test");
        InferenceSession session = open("sim:timed?speed=1000&batch-cost=5ms");
        ArrowBatch batch = TokenBatches.of(scope, ROWS, 10)) {
      List<Long> at = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        session
            .infer(batch)
            .subscribe(
                answer -> {
                  at.add(clock.nanos());
                  answer.close();
                });
      }
      clock.advance(Duration.ofSeconds(1).toNanos());
      assertThat(at).containsExactly(35_000_000L, 70_000_000L);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "fail=1,DEVICE",
    "out-of-memory=1,OUT_OF_MEMORY",
    "nan=1,OUTPUT",
    "die=0s..1h;2h..3h,UNAVAILABLE",
    "memory=64kb,OUT_OF_MEMORY"
  })
  void faultsAreToldAsASessionTellsThem(String fault, Category category) {
    String uri = "sim:faulty?" + fault;
    if (category == Category.UNAVAILABLE) {
      assertThatThrownBy(() -> open(uri)).hasMessageContaining("sim:faulty is dead");
      clock.advance(Duration.ofMinutes(90).toNanos());
    }
    try (MemoryScope scope = MemoryScope.open("test");
        InferenceSession session = open(uri);
        ArrowBatch batch = TokenBatches.of(scope, ROWS)) {
      if (category == Category.UNAVAILABLE) {
        clock.advance(Duration.ofMinutes(40).toNanos());
      }
      List<Throwable> failures = new ArrayList<>();
      session.infer(batch).subscribe(ArrowBatch::close, failures::add);
      clock.advance(Duration.ofSeconds(1).toNanos());
      assertThat(failures)
          .singleElement()
          .satisfies(
              failure ->
                  assertThat(((AcceleratorException) failure).category()).isEqualTo(category));
    }
  }

  @Test
  void whatHangsIsGivenBackWhenTheSessionIsClosed() {
    try (MemoryScope scope = MemoryScope.open("test");
        InferenceSession session = open("sim:hung?hang=1");
        ArrowBatch batch = TokenBatches.of(scope, ROWS)) {
      List<Throwable> failures = new ArrayList<>();
      session.infer(batch).subscribe(ArrowBatch::close, failures::add);
      session.infer(batch).subscribe(ArrowBatch::close, failures::add).dispose();
      clock.advance(Duration.ofHours(1).toNanos());
      assertThat(failures).isEmpty();
      session.close();
      assertThat(failures).hasSize(1);
    }
  }

  @Test
  void itGetsHotWithoutCoolingThrottlesAndGoesOff() {
    try (MemoryScope scope = MemoryScope.open("test");
        InferenceSession session = open("sim:hot?speed=100&overheat=0s..60s");
        ArrowBatch batch = TokenBatches.of(scope, ROWS, 10)) {
      for (int i = 0; i < 200; i++) {
        session.infer(batch).subscribe(ArrowBatch::close, failure -> {});
      }
      clock.advance(Duration.ofSeconds(5).toNanos());
      assertThat(requireNonNull(session.reading()).celsius()).isBetween(85.0, 105.0);
      assertThat(requireNonNull(session.reading()).throttled()).isTrue();
      boolean wentOff = false;
      for (int i = 0; i < 100 && !wentOff; i++) {
        clock.advance(Duration.ofMillis(100).toNanos());
        wentOff = Boolean.FALSE.equals(requireNonNull(session.reading()).healthy());
      }
      assertThat(wentOff).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sim:x?sped=1",
        "sim:x?speed=fast",
        "sim:x?fail=2",
        "sim:x?die=0.5",
        "sim:x?die=1..2",
        "sim:x?batch-cost=5",
        "sim:x?memory=lots",
        "sim:x?parallelism=0"
      })
  void whatIsWrongWithItsParametersIsTold(String uri) {
    AcceleratorException wrong =
        catchThrowableOfType(
            AcceleratorException.class, () -> Sessions.validate(AcceleratorUri.parse(uri)));
    assertThat(wrong.category()).isEqualTo(Category.CONFIGURATION);
    assertThat(wrong).hasMessageContaining("sim:x");
  }

  @Test
  void theConnectorOpensIt() {
    try (MemoryScope scope = MemoryScope.open("test");
        InferenceSession session =
            Sessions.open(
                AcceleratorUri.parse("sim:opened?load-time=20ms"),
                Models.resolve("minilm"),
                SessionOptions.defaults());
        ArrowBatch batch = TokenBatches.of(scope, ROWS);
        ArrowBatch answer = requireNonNull(session.infer(batch).block(Duration.ofSeconds(10)))) {
      assertThat(vectors(answer)).usingRecursiveComparison().isEqualTo(answer("sim:a", ROWS, 4));
      assertThat(session.digest()).isNotEqualTo(session.model().digest());
    }
  }

  private List<float[]> answer(String uri, List<long[]> rows, int width) {
    List<float[]> vectors = new ArrayList<>();
    try (MemoryScope scope = MemoryScope.open("test");
        InferenceSession session = open(uri);
        ArrowBatch batch = TokenBatches.of(scope, rows, width)) {
      session
          .infer(batch)
          .subscribe(
              answer -> {
                vectors.addAll(vectors(answer));
                answer.close();
              });
      clock.advance(Duration.ofMinutes(1).toNanos());
    }
    return vectors;
  }

  private static List<float[]> vectors(ArrowBatch answer) {
    FixedSizeListVector column = (FixedSizeListVector) answer.requireColumn(TextColumns.EMBEDDING);
    Float4Vector data = (Float4Vector) column.getDataVector();
    List<float[]> vectors = new ArrayList<>();
    for (int row = 0; row < answer.rowCount(); row++) {
      float[] vector = new float[column.getListSize()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = data.get(row * vector.length + i);
      }
      vectors.add(vector);
    }
    return vectors;
  }

  private static double cosine(float[] a, float[] b) {
    double dot = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
    }
    return dot;
  }
}
