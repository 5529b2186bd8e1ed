package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.OffHeapMemory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator in Flink's harness, step by step. */
class EmbeddingOperatorTest {

  /** As long as the others, so that it comes into their batch. */
  private static final String POISON = "poison 5";

  @Test
  void rowsLeaveInTheirOrderWhicheverBatchIsAnsweredFirst() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(2, 4, OutputOrder.ORDERED))) {
      for (int id = 0; id < 6; id++) {
        bench.row(id, "text " + id, 100 + id);
      }
      bench.watermark(105);

      bench.steering().calls().get(2).answer();
      bench.steering().calls().get(1).answer();
      bench.runMails();
      assertThat(bench.output()).isEmpty();

      bench.steering().calls().get(0).answer();
      bench.runMails();
      assertThat(bench.output())
          .containsExactly("0@100", "1@101", "2@102", "3@103", "4@104", "5@105", "W 105");
      assertEachRowHasItsOwnVector(bench);
    }
  }

  /** For rows whose text is "text " and their id. */
  private static void assertEachRowHasItsOwnVector(OperatorBench bench) {
    for (Tuple2<Integer, float[]> row : bench.results()) {
      assertThat(row.f1).containsExactly(OperatorBench.expected("text " + row.f0));
    }
  }

  @Test
  void unorderedRowsLeaveAsTheyFinishButNeverAcrossAWatermark() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(1, 4, OutputOrder.UNORDERED))) {
      bench.row(0, "a", 1);
      bench.row(1, "b", 2);
      bench.watermark(2);
      bench.row(2, "c", 3);

      bench.steering().calls().get(2).answer();
      bench.steering().calls().get(1).answer();
      bench.runMails();
      assertThat(bench.output()).containsExactly("1@2");

      bench.steering().calls().get(0).answer();
      bench.runMails();
      assertThat(bench.output()).containsExactly("1@2", "0@1", "W 2", "2@3");
    }
  }

  @Test
  void aBatchIsClosedWhenItsFirstRowHasWaitedLongEnough() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(64, 4, OutputOrder.ORDERED))) {
      bench.row(0, "a", 1);
      bench.pass(Duration.ofMillis(15));
      bench.row(1, "b", 2);
      assertThat(bench.steering().calls()).isEmpty();

      bench.pass(Duration.ofMillis(5));
      assertThat(bench.steering().calls()).hasSize(1);
      assertThat(bench.steering().calls().get(0).rows()).isEqualTo(2);
      bench.answerAll();
      assertThat(bench.output()).containsExactly("0@1", "1@2");
    }
  }

  @Test
  void theTimerOfABatchThatFilledUpDoesNotCloseTheNextOne() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(2, 4, OutputOrder.ORDERED))) {
      bench.row(0, "a", 1);
      bench.pass(Duration.ofMillis(15));
      bench.row(1, "b", 2);
      bench.row(2, "c", 3);
      bench.pass(Duration.ofMillis(15));
      assertThat(bench.steering().calls()).hasSize(1);
      bench.pass(Duration.ofMillis(5));
      assertThat(bench.steering().calls()).hasSize(2);
      bench.answerAll();
    }
  }

  @Test
  void neverMoreInFlightThanAllowedAndTheTaskYieldsInstead() throws Exception {
    InferenceSettings settings = OperatorBench.settings(2, 2, OutputOrder.ORDERED);
    ExecutorService device = Executors.newSingleThreadExecutor();
    try (OperatorBench bench = OperatorBench.start(settings)) {
      List<Integer> openAtEachCall = new ArrayList<>();
      bench
          .steering()
          .onCall(
              call -> {
                openAtEachCall.add(bench.steering().open().size());
                device.execute(call::answer);
              });
      for (int id = 0; id < 200; id++) {
        bench.row(id, "text " + id, id);
      }
      bench.endInput();

      assertThat(bench.results()).hasSize(200);
      assertEachRowHasItsOwnVector(bench);
      assertThat(openAtEachCall).hasSize(100).allMatch(open -> open <= 2);
    } finally {
      device.shutdownNow();
    }
  }

  @Test
  void endOfInputFlushesAndWaits() throws Exception {
    ExecutorService device = Executors.newSingleThreadExecutor();
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(64, 2, OutputOrder.UNORDERED))) {
      bench.steering().onCall(call -> device.execute(call::answer));
      bench.row(0, "a", 1);
      bench.row(1, "b", 2);
      bench.endInput();
      assertThat(bench.output()).containsExactly("0@1", "1@2");
    } finally {
      device.shutdownNow();
    }
  }

  @ParameterizedTest
  @EnumSource(OutputOrder.class)
  void aCheckpointWithBatchesInFlightLosesNothing(OutputOrder order) throws Exception {
    InferenceSettings settings = OperatorBench.settings(2, 3, order);
    OperatorSubtaskState state;
    List<String> before;
    try (OperatorBench bench = OperatorBench.start(settings)) {
      for (int id = 0; id < 7; id++) {
        bench.row(id, "text " + id, 100 + id);
      }
      // 0 and 1 have left; 4 and 5 are done or done and gone; 2 and 3 are at the device, 6 waits.
      bench.steering().calls().get(0).answer();
      bench.steering().calls().get(2).answer();
      bench.runMails();
      before = bench.output();
      state = bench.snapshot(1);
      bench.steering().calls().get(1).answer();
    }
    try (OperatorBench bench = OperatorBench.restore(settings, state)) {
      bench.row(7, "text 7", 107);
      bench.watermark(107);
      bench.pass(Duration.ofMillis(20));
      bench.answerAll();

      List<String> all = new ArrayList<>(before);
      all.addAll(bench.output());
      if (order == OutputOrder.ORDERED) {
        assertThat(all)
            .containsExactly(
                "0@100", "1@101", "2@102", "3@103", "4@104", "5@105", "6@106", "7@107", "W 107");
      } else {
        assertThat(all)
            .containsExactlyInAnyOrder(
                "0@100", "1@101", "2@102", "3@103", "4@104", "5@105", "6@106", "7@107", "W 107");
      }
      assertEachRowHasItsOwnVector(bench);
    }
  }

  @Test
  void rowsInStateMoveToOtherSubtasks() throws Exception {
    InferenceSettings settings = OperatorBench.settings(2, 2, OutputOrder.ORDERED);
    OperatorSubtaskState state;
    try (OperatorBench bench = OperatorBench.start(settings)) {
      for (int id = 0; id < 5; id++) {
        bench.row(id, "text " + id, id);
      }
      state = bench.snapshot(1);
      bench.answerAll();
    }
    List<String> all = new ArrayList<>();
    for (int subtask = 0; subtask < 2; subtask++) {
      OperatorSubtaskState share =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(state, 8, 1, 2, subtask);
      try (OperatorBench bench = OperatorBench.start(settings, share, 2, subtask, false)) {
        bench.pass(Duration.ofMillis(20));
        bench.answerAll();
        assertThat(bench.output()).isNotEmpty();
        all.addAll(bench.output());
      }
    }
    assertThat(all).containsExactlyInAnyOrder("0@0", "1@1", "2@2", "3@3", "4@4");
  }

  @Test
  void moreRestoredRowsThanMayBeInFlightAreSentOneAfterAnother() throws Exception {
    InferenceSettings wide = OperatorBench.settings(2, 8, OutputOrder.ORDERED);
    InferenceSettings narrow = OperatorBench.settings(2, 1, OutputOrder.ORDERED);
    OperatorSubtaskState state;
    try (OperatorBench bench = OperatorBench.start(wide)) {
      for (int id = 0; id < 16; id++) {
        bench.row(id, "text " + id, id);
      }
      state = bench.snapshot(1);
      bench.answerAll();
    }
    try (OperatorBench bench = OperatorBench.restore(narrow, state)) {
      assertThat(bench.steering().open()).hasSize(1);
      bench.answerAll();
      assertThat(bench.results()).hasSize(16);
      assertEachRowHasItsOwnVector(bench);
    }
  }

  @Test
  void theBadRowIsFoundAndItsNeighboursSucceed() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(8, 4, OutputOrder.ORDERED))) {
      bench.steering().onCall(EmbeddingOperatorTest::refusePoison);
      for (int id = 0; id < 8; id++) {
        bench.row(id, id == 5 ? POISON : "text " + id, id);
      }
      bench.runMails();
      bench.answerAll();

      assertThat(bench.output()).containsExactly("0@0", "1@1", "2@2", "3@3", "4@4", "6@6", "7@7");
      assertEachRowHasItsOwnVector(bench);
      assertThat(bench.deadLetters())
          .singleElement()
          .satisfies(
              letter -> {
                assertThat(letter.getCategory()).isEqualTo("INPUT");
                assertThat(letter.getReason()).isEqualTo("refused");
                assertThat(letter.getAttempts()).isEqualTo(4);
                assertThat(letter.getModelDigest()).hasSize(64);
                assertThat(
                        StandardCharsets.UTF_8.decode(letter.getPayload().duplicate()).toString())
                    .contains(POISON);
              });
    }
  }

  private static void refusePoison(SteeredCall call) {
    for (int row = 0; row < call.rows(); row++) {
      if (Arrays.equals(call.vector(row), OperatorBench.expected(POISON))) {
        call.fail(new AcceleratorException(Category.INPUT, "refused"));
        return;
      }
    }
    call.answer();
  }

  @Test
  void aBatchThatIsTooLargeForTheDeviceIsHalved() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(8, 4, OutputOrder.ORDERED))) {
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
      for (int id = 0; id < 8; id++) {
        bench.row(id, "text " + id, id);
      }
      bench.runMails();
      assertThat(bench.results()).hasSize(8);
      assertEachRowHasItsOwnVector(bench);
      assertThat(bench.deadLetters()).isEmpty();
    }
  }

  @Test
  void aFailureThatMayPassIsTriedAgainAfterAPause() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(1, 1, OutputOrder.ORDERED))) {
      bench.row(0, "a", 1);
      bench.steering().calls().get(0).fail(new AcceleratorException(Category.UNAVAILABLE, "busy"));
      bench.runMails();
      assertThat(bench.steering().calls()).hasSize(1);
      bench.pass(Duration.ofMillis(50));
      assertThat(bench.steering().calls()).hasSize(2);
      bench.answerAll();
      assertThat(bench.output()).containsExactly("0@1");
    }
  }

  @Test
  void afterTheLastAttemptTheTaskFails() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(1, 1, OutputOrder.ORDERED))) {
      bench
          .steering()
          .onCall(call -> call.fail(new AcceleratorException(Category.DEVICE, "It is broken.")));
      bench.row(0, "a", 1);
      bench.runMails();
      bench.pass(Duration.ofMillis(50));
      bench.runMails();
      bench.pass(Duration.ofMillis(100));
      assertThatThrownBy(bench::runMails)
          .hasStackTraceContaining("It is broken. The batch was tried 3 times.");
    }
  }

  @Test
  void aDeviceThatDoesNotAnswerIsGivenUpAndItsMemoryFreedWhenItDoes() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(1, 1, OutputOrder.ORDERED))) {
      bench.row(0, "a", 1);
      bench.pass(Duration.ofSeconds(60));
      bench.pass(Duration.ofMillis(50));
      assertThat(bench.steering().calls()).hasSize(2);
      bench.steering().calls().get(1).answer();
      bench.runMails();
      assertThat(bench.output()).containsExactly("0@1");
      bench.steering().calls().get(0).answer();
      bench.runMails();
      assertThat(bench.output()).containsExactly("0@1");
    }
  }

  @Test
  void whatIsAtTheDeviceWhenTheTaskEndsIsFreedWhenTheDeviceAnswers() throws Exception {
    OperatorBench bench = OperatorBench.start(OperatorBench.settings(1, 2, OutputOrder.ORDERED));
    bench.row(0, "a", 1);
    bench.row(1, "b", 2);
    bench.row(2, "c", 3);
    bench.close();
    assertThat(OffHeapMemory.allocatedBytes()).isPositive();
    bench.steering().open().forEach(SteeredCall::answer);
    await().until(() -> OffHeapMemory.allocatedBytes() == 0);
  }

  @Test
  void theAnswersOfRowsThatTheOrderKeepsBackAreFreedWhenTheTaskEnds() throws Exception {
    OperatorBench bench = OperatorBench.start(OperatorBench.settings(2, 4, OutputOrder.ORDERED));
    for (int id = 0; id < 6; id++) {
      bench.row(id, "text " + id, id);
    }
    bench.steering().calls().get(1).answer();
    bench.steering().calls().get(2).answer();
    bench.runMails();
    assertThat(bench.output()).isEmpty();
    bench.close();
    bench.steering().open().forEach(SteeredCall::answer);
    await().until(() -> OffHeapMemory.allocatedBytes() == 0);
  }

  @Test
  void aJoinerThatFailsFailsTheTaskAndNothingIsLeft() throws Exception {
    OperatorBench bench = OperatorBench.start(OperatorBench.settings(3, 4, OutputOrder.ORDERED));
    bench.row(0, "a", 1);
    bench.row(OperatorBench.FAILS, "b", 2);
    bench.row(2, "c", 3);
    bench.steering().calls().get(0).answer();
    assertThatThrownBy(bench::runMails).hasMessage("a joiner of a user's that fails");
    assertThat(bench.output()).containsExactly("0@1");
    bench.close();
    assertThat(OffHeapMemory.allocatedBytes()).isZero();
  }

  @Test
  void anAnswerThatTheTaskNeverFetchedIsFreed() throws Exception {
    OperatorBench bench = OperatorBench.start(OperatorBench.settings(1, 2, OutputOrder.ORDERED));
    bench.row(0, "a", 1);
    bench.steering().calls().get(0).answer();
    bench.close();
    assertThat(OffHeapMemory.allocatedBytes()).isZero();
  }

  @Test
  void aRowWithoutATextIsADeadLetterInItsPlace() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(2, 4, OutputOrder.ORDERED))) {
      bench.row(0, "a", 1);
      bench.row(1, "  ", 2);
      bench.row(2, "c", 3);
      bench.answerAll();
      assertThat(bench.output()).containsExactly("0@1", "2@3");
      assertThat(bench.deadLetters())
          .singleElement()
          .satisfies(
              letter -> {
                assertThat(letter.getCategory()).isEqualTo("INVALID");
                assertThat(letter.getReason()).startsWith("The row's text is blank.");
                assertThat(letter.getAttempts()).isZero();
              });
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rowsAreTheirOwnWithAndWithoutObjectReuse(boolean reuse) throws Exception {
    InferenceSettings settings = OperatorBench.settings(3, 4, OutputOrder.ORDERED);
    try (OperatorBench bench = OperatorBench.start(settings, null, 1, 0, reuse)) {
      Tuple2<Integer, String> shared = Tuple2.of(0, "");
      for (int id = 0; id < 3; id++) {
        Tuple2<Integer, String> row = reuse ? shared : new Tuple2<>();
        row.f0 = id;
        row.f1 = "text " + id;
        bench.row(row);
      }
      bench.answerAll();
      assertThat(bench.output()).containsExactly("0", "1", "2");
      assertEachRowHasItsOwnVector(bench);
    }
  }

  @Test
  void textsOfOtherLengthsAreInOtherBatches() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(4, 8, OutputOrder.ORDERED))) {
      String longText = "many words ".repeat(20);
      for (int id = 0; id < 4; id++) {
        bench.row(2 * id, "text " + id, id);
        bench.row(2 * id + 1, longText + id, id);
      }
      assertThat(bench.steering().calls()).hasSize(2).allMatch(call -> call.rows() == 4);
      assertThat(bench.steering().calls()).allMatch(call -> call.width() - call.tokens(0) <= 2);
      bench.answerAll();
      assertThat(bench.output())
          .containsExactly("0@0", "1@0", "2@1", "3@1", "4@2", "5@2", "6@3", "7@3");
    }
  }

  @Test
  void aBatchIsClosedAtTheTokenBudget() throws Exception {
    InferenceSettings settings =
        OperatorBench.with(
            OperatorBench.settings(100, 8, OutputOrder.ORDERED), InferenceOptions.TOKEN_BUDGET, 17);
    try (OperatorBench bench = OperatorBench.start(settings)) {
      // Four tokens each: four rows are 16, a fifth would make 20.
      for (int id = 0; id < 9; id++) {
        bench.row(id, "text " + id, id);
      }
      bench.row(9, "word ".repeat(30), 9);
      assertThat(bench.steering().calls()).extracting(SteeredCall::rows).containsExactly(4, 4, 1);
      bench.pass(Duration.ofMillis(20));
      bench.answerAll();
      assertThat(bench.results()).hasSize(10);
    }
  }

  @Test
  void anOutOfMemoryAnswerLowersTheTokenBudget() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(8, 4, OutputOrder.ORDERED))) {
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
      for (int id = 0; id < 8; id++) {
        bench.row(id, "text " + id, id);
      }
      bench.runMails();
      int before = bench.steering().calls().size();
      for (int id = 8; id < 16; id++) {
        bench.row(id, "text " + id, id);
        bench.runMails();
      }
      assertThat(bench.steering().calls().subList(before, bench.steering().calls().size()))
          .hasSize(4)
          .allMatch(call -> call.rows() == 2);
      assertEachRowHasItsOwnVector(bench);
    }
  }

  @Test
  void rowsThatWaitGoWithTheAcceleratorsNextPlaceWhenTheyAreDue() throws Exception {
    // The steered session works on four batches at once; one more may wait behind them.
    InferenceSettings settings = OperatorBench.settings(2, 16, OutputOrder.ORDERED);
    try (OperatorBench bench = OperatorBench.start(settings)) {
      for (int id = 0; id < 10; id++) {
        bench.row(id, "text " + id, id);
      }
      bench.row(10, "text ten", 10);
      bench.pass(Duration.ofMillis(100));
      assertThat(bench.steering().calls()).as("all places are taken").hasSize(5);
      bench.steering().calls().get(0).answer();
      bench.runMails();
      assertThat(bench.steering().calls()).hasSize(6);
      assertThat(bench.steering().calls().get(5).rows()).isEqualTo(1);
      bench.answerAll();
      assertThat(bench.results()).hasSize(11);
    }
  }

  @Test
  void aTextThatIsUnderWayIsNotSentAgain() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(2, 4, OutputOrder.ORDERED))) {
      bench.row(0, "text 0", 0);
      bench.row(1, "text 0", 1);
      bench.row(2, "text 2", 2);
      bench.row(3, "text 0", 3);
      assertThat(bench.steering().calls()).singleElement().matches(call -> call.rows() == 2);
      bench.answerAll();
      assertThat(bench.output()).containsExactly("0@0", "1@1", "2@2", "3@3");
      for (Tuple2<Integer, float[]> row : bench.results()) {
        String text = row.f0 == 2 ? "text 2" : "text 0";
        assertThat(row.f1).containsExactly(OperatorBench.expected(text));
      }
    }
  }

  @Test
  void allWhoShareABadTextAreDeadLetters() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(2, 4, OutputOrder.ORDERED))) {
      bench.steering().onCall(EmbeddingOperatorTest::refusePoison);
      bench.row(0, POISON, 0);
      bench.row(1, POISON, 1);
      bench.row(2, "text 2", 2);
      bench.runMails();
      assertThat(bench.output()).containsExactly("2@2");
      assertThat(bench.deadLetters()).hasSize(2);
    }
  }

  @ParameterizedTest
  @EnumSource(OutputOrder.class)
  void theCacheAnswersWhatWasAskedBefore(OutputOrder order) throws Exception {
    InferenceSettings settings =
        OperatorBench.with(
            OperatorBench.settings(1, 4, order),
            InferenceOptions.CACHE_SIZE,
            MemorySize.ofMebiBytes(4));
    try (OperatorBench bench = OperatorBench.start(settings)) {
      bench.row(0, "text 0", 0);
      bench.answerAll();
      bench.row(1, "text 1", 1);
      bench.row(2, "text 0", 2);
      assertThat(bench.steering().calls()).hasSize(2);
      assertThat(bench.output())
          .isEqualTo(order == OutputOrder.ORDERED ? List.of("0@0") : List.of("0@0", "2@2"));
      bench.watermark(2);
      bench.row(3, "text 0", 3);
      bench.answerAll();
      assertThat(bench.steering().calls()).hasSize(2);
      assertThat(bench.output().subList(3, 5)).containsExactly("W 2", "3@3");
      for (Tuple2<Integer, float[]> row : bench.results()) {
        String text = row.f0 == 1 ? "text 1" : "text 0";
        assertThat(row.f1).containsExactly(OperatorBench.expected(text));
      }
    }
  }

  @Test
  void noMoreRowsAreHeldThanAllowed() throws Exception {
    InferenceSettings settings =
        OperatorBench.with(
            OperatorBench.settings(4, 2, OutputOrder.ORDERED), InferenceOptions.MAX_ROWS, 5);
    ExecutorService device = Executors.newSingleThreadExecutor();
    try (OperatorBench bench = OperatorBench.start(settings)) {
      bench.steering().onCall(call -> device.execute(call::answer));
      for (int id = 0; id < 100; id++) {
        bench.row(id, "text " + id, id);
        assertThat(id + 1 - bench.output().size()).isLessThanOrEqualTo(5);
      }
      bench.endInput();
      assertThat(bench.results()).hasSize(100);
      assertEachRowHasItsOwnVector(bench);
    } finally {
      device.shutdownNow();
    }
  }

  @Test
  void closingABatchAllocatesAndMovesNothing() throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(3, 4, OutputOrder.ORDERED))) {
      bench.row(0, "text 0", 0);
      bench.row(1, "text 1", 1);
      long filling = OffHeapMemory.allocatedBytes();
      bench.row(2, "text 2", 2);
      assertThat(bench.steering().calls()).hasSize(1);
      assertThat(OffHeapMemory.allocatedBytes())
          .as("the batch is the tensor that was filled")
          .isEqualTo(filling);
      long ids = bench.steering().calls().get(0).idsAddress();
      bench.answerAll();

      for (int id = 3; id < 6; id++) {
        bench.row(id, "text " + id, id);
      }
      assertThat(bench.steering().calls().get(1).idsAddress())
          .as("memory is used again")
          .isEqualTo(ids);
      bench.answerAll();
      assertEachRowHasItsOwnVector(bench);
    }
  }
}
