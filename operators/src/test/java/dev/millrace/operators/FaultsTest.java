package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bad rows and bad devices, in Flink's harness. */
class FaultsTest {

  private static final Duration LONG_PAUSE = Duration.ofSeconds(20);

  private static InferenceSettings settings(int batchRows) {
    return OperatorBench.settings(batchRows, 4, OutputOrder.ORDERED);
  }

  private static <T> InferenceSettings with(int batchRows, ConfigOption<T> option, T value) {
    return OperatorBench.with(settings(batchRows), option, value);
  }

  private static Consumer<SteeredCall> failing(Category category) {
    return call -> call.fail(new AcceleratorException(category, "It is so."));
  }

  /** Runs mails and timers until nothing is left to do without an answer. */
  private static void passPauses(OperatorBench bench) throws Exception {
    for (int round = 0; round < 20; round++) {
      bench.runMails();
      bench.pass(LONG_PAUSE);
    }
    bench.runMails();
  }

  private static void rows(OperatorBench bench, int first, int count) throws Exception {
    for (int id = first; id < first + count; id++) {
      bench.row(id, "text " + id, id);
    }
  }

  @Test
  void withNullABadRowLeavesInItsPlaceWithoutAVector() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(with(2, InferenceOptions.ON_BAD_ROW, OnBadRow.NULL))) {
      bench.row(0, "text 0", 0);
      bench.row(1, "  ", 1);
      bench.row(2, "text 2", 2);
      bench.answerAll();
      assertThat(bench.output()).containsExactly("0@0", "1@1", "2@2");
      assertThat(bench.results().get(1).f1).isEmpty();
      assertThat(bench.results().get(2).f1).containsExactly(OperatorBench.expected("text 2"));
      assertThat(bench.deadLetters()).isEmpty();
    }
  }

  @Test
  void withoutAWayToLeaveWithoutAVectorNullIsRefusedAtOnce() {
    InferenceSettings settings = with(2, InferenceOptions.ON_BAD_ROW, OnBadRow.NULL);
    assertThatThrownBy(
            () ->
                new EmbeddingOperatorFactory<String, String>(
                    settings, row -> row, (row, vector) -> row))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("on-bad-row")
        .hasMessageContaining("RowWithoutVector");
  }

  @Test
  void withFailABadRowFailsTheTask() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(with(1, InferenceOptions.ON_BAD_ROW, OnBadRow.FAIL))) {
      bench.steering().onCall(failing(Category.INPUT));
      bench.row(0, "text 0", 0);
      assertThatThrownBy(bench::runMails)
          .hasStackTraceContaining("A row cannot be inferred (INPUT): It is so.")
          .hasStackTraceContaining("on-bad-row");
    }
  }

  @Test
  void soManyBadRowsFailTheTaskAndFewerDoNot() throws Exception {
    InferenceSettings settings =
        OperatorBench.with(
            with(1, InferenceOptions.DEAD_LETTER_WINDOW, 20),
            InferenceOptions.MAX_DEAD_LETTER_SHARE,
            0.25);
    try (OperatorBench bench = OperatorBench.start(settings)) {
      bench.steering().onCall(SteeredCall::answer);
      for (int id = 0; id < 200; id++) {
        // A quarter of any twenty that follow one another.
        bench.row(id, id % 4 == 0 ? "" : "text " + id, id);
        bench.runMails();
      }
      assertThat(bench.deadLetters()).hasSize(50);
      assertThatThrownBy(
              () -> {
                for (int id = 200; id < 203; id++) {
                  bench.row(id, "", id);
                }
              })
          .hasMessageContaining("6 of the last")
          .hasMessageContaining("INVALID")
          .hasMessageContaining("max-dead-letter-share");
    }
  }

  @Test
  void aDeviceThatRefusesEverythingDoesNotTurnTheStreamIntoDeadLetters() throws Exception {
    try (OperatorBench bench = OperatorBench.start(settings(64))) {
      bench.steering().onCall(failing(Category.INPUT));
      assertThatThrownBy(
              () -> {
                for (int id = 0; id < 5000; id++) {
                  bench.row(id, "text " + id, id);
                  bench.runMails();
                }
              })
          .hasStackTraceContaining("501 of the last 501 rows could not be inferred");
    }
  }

  @Test
  void withoutALimitEveryRowMayBeADeadLetter() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(with(1, InferenceOptions.MAX_DEAD_LETTER_SHARE, 1.0))) {
      for (int id = 0; id < 3000; id++) {
        bench.row(id, "", id);
      }
      assertThat(bench.deadLetters()).hasSize(3000);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Category.class,
      names = {"CONFIGURATION", "MODEL"})
  void whatCannotPassIsNotTriedAgain(Category category) throws Exception {
    try (OperatorBench bench = OperatorBench.start(settings(1))) {
      bench.steering().onCall(failing(category));
      bench.row(0, "text 0", 0);
      assertThatThrownBy(bench::runMails).hasStackTraceContaining("It is so.");
      assertThat(bench.steering().calls()).hasSize(1);
    }
  }

  @Test
  void anAnswerOfNaNThatPassesCostsNoRow() throws Exception {
    try (OperatorBench bench = OperatorBench.start(settings(4))) {
      rows(bench, 0, 4);
      bench.steering().onCall(SteeredCall::answer);
      bench.steering().calls().get(0).fail(new AcceleratorException(Category.OUTPUT, "NaN"));
      passPauses(bench);
      assertThat(bench.output()).containsExactly("0@0", "1@1", "2@2", "3@3");
      assertThat(bench.steering().calls()).extracting(SteeredCall::rows).containsExactly(4, 4);
    }
  }

  @Test
  void anAnswerOfNaNThatStaysIsFollowedToItsRow() throws Exception {
    try (OperatorBench bench = OperatorBench.start(settings(4))) {
      bench
          .steering()
          .onCall(
              call -> {
                for (int row = 0; row < call.rows(); row++) {
                  if (call.vector(row)[2] == OperatorBench.expected("text 2")[2]) {
                    call.fail(new AcceleratorException(Category.OUTPUT, "NaN"));
                    return;
                  }
                }
                call.answer();
              });
      rows(bench, 0, 4);
      passPauses(bench);
      assertThat(bench.output()).containsExactly("0@0", "1@1", "3@3");
      assertThat(bench.deadLetters())
          .singleElement()
          .satisfies(letter -> assertThat(letter.getCategory()).isEqualTo("OUTPUT"));
    }
  }

  @Test
  void aDeviceThatAnswersTooFewRowsToLargeBatchesIsGivenSmallerOnes() throws Exception {
    try (OperatorBench bench = OperatorBench.start(settings(8))) {
      bench.steering().onCall(call -> call.answer(Math.min(2, call.rows()), Steering.DIMENSION));
      rows(bench, 0, 8);
      passPauses(bench);
      assertThat(bench.results()).hasSize(8);
      for (var row : bench.results()) {
        assertThat(row.f1).containsExactly(OperatorBench.expected("text " + row.f0));
      }
      assertThat(bench.deadLetters()).isEmpty();
    }
  }

  @Test
  void aDeviceWhoseAnswersNeverFitFailsTheTaskAndBlamesNoRow() throws Exception {
    try (OperatorBench bench = OperatorBench.start(settings(2))) {
      bench.steering().onCall(call -> call.answer(call.rows(), Steering.DIMENSION + 1));
      rows(bench, 0, 2);
      assertThatThrownBy(() -> passPauses(bench))
          .hasStackTraceContaining("1 of 3 float32 each were promised")
          .hasStackTraceContaining("Look whether it runs the model 'minilm'.");
      assertThat(bench.deadLetters()).isEmpty();
    }
  }

  @Test
  void withNoDeviceRowsAreHeldAndTheDeviceIsAskedLessAndLess() throws Exception {
    try (OperatorBench bench = OperatorBench.start(settings(1))) {
      bench.steering().onCall(failing(Category.UNAVAILABLE));
      rows(bench, 0, 4);
      for (int second = 0; second < 240; second++) {
        bench.runMails();
        bench.pass(Duration.ofSeconds(1));
      }
      bench.runMails();
      assertThat(bench.output()).isEmpty();
      assertThat(bench.steering().calls().size()).isBetween(25, 65);

      bench.steering().onCall(SteeredCall::answer);
      bench.pass(LONG_PAUSE);
      bench.runMails();
      assertThat(bench.output()).containsExactly("0@0", "1@1", "2@2", "3@3");
      assertThat(bench.deadLetters()).isEmpty();
    }
  }

  @Test
  void afterItsLimitAnOutageFailsTheTask() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(
            with(1, InferenceOptions.UNAVAILABLE_TIMEOUT, Duration.ofSeconds(100)))) {
      bench.steering().onCall(failing(Category.UNAVAILABLE));
      bench.row(0, "text 0", 0);
      for (int second = 0; second < 99; second++) {
        bench.runMails();
        bench.pass(Duration.ofSeconds(1));
      }
      bench.runMails();
      assertThatThrownBy(
              () -> {
                bench.pass(Duration.ofSeconds(1));
                bench.runMails();
              })
          .hasStackTraceContaining("has taken no work for 100000 ms")
          .hasStackTraceContaining("unavailable-timeout");
    }
  }

  @Test
  void anOutageThatEndsCountsAgainstNobody() throws Exception {
    try (OperatorBench bench = OperatorBench.start(settings(1))) {
      bench.steering().onCall(failing(Category.UNAVAILABLE));
      bench.row(0, "text 0", 0);
      for (int round = 0; round < 10; round++) {
        bench.runMails();
        bench.pass(LONG_PAUSE);
      }
      assertThat(bench.steering().calls()).hasSizeGreaterThan(9);
      // Three tries are allowed, and two more fail for another reason.
      bench.steering().onCall(failing(Category.OUT_OF_MEMORY));
      bench.runMails();
      bench.pass(LONG_PAUSE);
      bench.runMails();
      bench.pass(LONG_PAUSE);
      bench.steering().onCall(SteeredCall::answer);
      bench.runMails();
      bench.pass(LONG_PAUSE);
      bench.runMails();
      assertThat(bench.output()).containsExactly("0@0");
    }
  }

  @Test
  void aBatchThatWaitsForAnotherTryKeepsItsPlace() throws Exception {
    InferenceSettings settings = OperatorBench.settings(1, 2, OutputOrder.ORDERED);
    try (OperatorBench bench = OperatorBench.start(settings)) {
      bench.steering().onCall(failing(Category.DEVICE));
      rows(bench, 0, 4);
      bench.runMails();
      assertThat(bench.steering().calls()).hasSize(2);
      bench.steering().onCall(SteeredCall::answer);
      passPauses(bench);
      assertThat(bench.output()).containsExactly("0@0", "1@1", "2@2", "3@3");
    }
  }

  @Test
  void theTokenBudgetRisesAgainAfterTheMemoryIsBack() throws Exception {
    InferenceSettings settings =
        OperatorBench.with(settings(64), InferenceOptions.TOKEN_BUDGET, 32);
    try (OperatorBench bench = OperatorBench.start(settings)) {
      bench
          .steering()
          .onCall(
              call -> {
                if (call.rows() > 2) {
                  call.fail(new AcceleratorException(Category.OUT_OF_MEMORY, "too large"));
                } else {
                  call.answer();
                }
              });
      rows(bench, 0, 8);
      passPauses(bench);
      bench.steering().onCall(SteeredCall::answer);
      for (int id = 8; id < 2000; id++) {
        bench.row(id, "text " + id, id);
        bench.runMails();
      }
      passPauses(bench);
      assertThat(bench.results()).hasSize(2000);
      int largest = bench.steering().calls().stream().mapToInt(SteeredCall::rows).max().orElse(0);
      assertThat(largest).as("rows of four or five tokens in a budget of 32").isEqualTo(8);
      assertThat(bench.steering().calls().get(bench.steering().calls().size() - 2).rows())
          .isGreaterThan(4);
    }
  }
}
