package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OperatorSnapshotUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is in a checkpoint and what becomes of it, in Flink's harness. */
class CheckpointsTest {

  private static InferenceSettings settings(CheckpointMode mode, OutputOrder order) {
    return OperatorBench.with(
        OperatorBench.settings(2, 16, order), InferenceOptions.CHECKPOINT_MODE, mode);
  }

  private static void feed(OperatorBench bench, int first, int count) throws Exception {
    for (int id = first; id < first + count; id++) {
      bench.row(id, "text " + id, 100 + id);
    }
  }

  private static List<String> rows(int first, int count) {
    List<String> rows = new ArrayList<>();
    for (int id = first; id < first + count; id++) {
      rows.add(id + "@" + (100 + id));
    }
    return rows;
  }

  @ParameterizedTest
  @EnumSource(OutputOrder.class)
  void drainLetsEverythingLeaveBeforeTheBarrier(OutputOrder order) throws Exception {
    ExecutorService device = Executors.newSingleThreadExecutor();
    InferenceSettings settings = settings(CheckpointMode.DRAIN, order);
    OperatorSubtaskState state;
    try (OperatorBench bench = OperatorBench.start(settings)) {
      bench.steering().onCall(call -> device.execute(call::answer));
      feed(bench, 0, 5);
      bench.watermark(104);
      bench.prepareSnapshot(1);
      assertThat(bench.output()).hasSize(6).containsAll(rows(0, 5)).last().isEqualTo("W 104");
      state = bench.snapshotNow(1);
      assertThat(bench.drainsTimedOut()).isZero();
    } finally {
      device.shutdownNow();
    }
    try (OperatorBench bench = OperatorBench.restore(settings, state)) {
      bench.pass(Duration.ofMillis(20));
      assertThat(bench.steering().open()).isEmpty();
      assertThat(bench.output()).isEmpty();
    }
  }

  @Test
  void whatIsNotDrainedInTimeIsInThatCheckpoint() throws Exception {
    InferenceSettings settings = settings(CheckpointMode.DRAIN, OutputOrder.ORDERED);
    OperatorSubtaskState state;
    try (OperatorBench bench = OperatorBench.start(settings)) {
      feed(bench, 0, 5);
      bench.post(
          () -> {
            bench.steering().calls().get(0).answer();
            // Behind that answer.
            bench.post(() -> bench.pass(Duration.ofSeconds(9)));
            bench.post(() -> bench.pass(Duration.ofSeconds(1)));
          });
      state = bench.snapshot(1);
      assertThat(bench.output()).isEqualTo(rows(0, 2));
      assertThat(bench.drainsTimedOut()).isEqualTo(1);

      // The next one has its own time.
      bench.post(() -> bench.steering().open().forEach(SteeredCall::answer));
      OperatorSubtaskState unused = bench.snapshot(2);
      assertThat(bench.output()).isEqualTo(rows(0, 5));
      assertThat(bench.drainsTimedOut()).isEqualTo(1);
    }
    try (OperatorBench bench = OperatorBench.restore(settings, state)) {
      bench.pass(Duration.ofMillis(20));
      bench.answerAll();
      assertThat(bench.output()).isEqualTo(rows(2, 3));
    }
  }

  @ParameterizedTest
  @EnumSource(OutputOrder.class)
  void nothingLeavesBehindTheSavepointThatHoldsIt(OutputOrder order) throws Exception {
    InferenceSettings settings = settings(CheckpointMode.SNAPSHOT, order);
    OperatorSubtaskState state;
    try (OperatorBench bench = OperatorBench.start(settings)) {
      feed(bench, 0, 5);
      bench.watermark(104);
      state = bench.snapshotToStop(1);
      bench.pass(Duration.ofMillis(20));
      bench.answerAll();
      assertThat(bench.output()).isEmpty();
    }
    try (OperatorBench bench = OperatorBench.restore(settings, state)) {
      bench.pass(Duration.ofMillis(20));
      bench.answerAll();
      assertThat(bench.output()).containsExactlyInAnyOrderElementsOf(rows(0, 5));
    }
  }

  @Test
  void inAnOutageDrainFallsBack() throws Exception {
    InferenceSettings settings = settings(CheckpointMode.DRAIN, OutputOrder.ORDERED);
    try (OperatorBench bench = OperatorBench.start(settings)) {
      bench
          .steering()
          .onCall(call -> call.fail(new AcceleratorException(Category.UNAVAILABLE, "Not now.")));
      feed(bench, 0, 5);
      bench.post(() -> bench.pass(Duration.ofSeconds(10)));
      OperatorSubtaskState unused = bench.snapshot(1);
      assertThat(bench.drainsTimedOut()).isEqualTo(1);
    }
  }

  @Test
  void drainEndsWhereFlinksTimersAreOff() throws Exception {
    InferenceSettings settings = settings(CheckpointMode.DRAIN, OutputOrder.ORDERED);
    try (OperatorBench bench = OperatorBench.start(settings)) {
      bench
          .steering()
          .onCall(
              call -> {
                if (bench.steering().calls().size() < 10) {
                  call.fail(new AcceleratorException(Category.UNAVAILABLE, "Not now."));
                }
              });
      feed(bench, 0, 5);
      bench.switchTimersOff();
      bench.post(() -> bench.pass(Duration.ofSeconds(10)));
      OperatorSubtaskState unused = bench.snapshot(1);
      assertThat(bench.drainsTimedOut()).isEqualTo(1);

      // Tried again when the pause is over, without a timer.
      bench.steering().onCall(SteeredCall::answer);
      bench.post(() -> bench.pass(Duration.ofSeconds(5)));
      unused = bench.snapshot(2);
      assertThat(bench.output()).isEqualTo(rows(0, 5));
      assertThat(bench.drainsTimedOut()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 3", "3, 1", "2, 3", "3, 2"})
  void rowsAreSharedOutAnewWhenTheParallelismChanges(int before, int after) throws Exception {
    InferenceSettings settings = settings(CheckpointMode.SNAPSHOT, OutputOrder.ORDERED);
    List<OperatorSubtaskState> states = new ArrayList<>();
    for (int subtask = 0; subtask < before; subtask++) {
      try (OperatorBench bench = OperatorBench.start(settings, null, before, subtask, false)) {
        feed(bench, subtask * 10, 7);
        states.add(bench.snapshot(1));
        bench.answerAll();
      }
    }
    OperatorSubtaskState all =
        AbstractStreamOperatorTestHarness.repackageState(
            states.toArray(OperatorSubtaskState[]::new));
    List<String> output = new ArrayList<>();
    for (int subtask = 0; subtask < after; subtask++) {
      OperatorSubtaskState share =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              all, 8, before, after, subtask);
      try (OperatorBench bench = OperatorBench.start(settings, share, after, subtask, false)) {
        bench.pass(Duration.ofMillis(20));
        bench.answerAll();
        assertThat(bench.output()).isNotEmpty();
        output.addAll(bench.output());
      }
    }
    List<String> expected = new ArrayList<>();
    for (int subtask = 0; subtask < before; subtask++) {
      expected.addAll(rows(subtask * 10, 7));
    }
    assertThat(output).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void aCheckpointInTheFormatBeforeIsRestored(@TempDir Path folder) throws Exception {
    // Written by the operator of version 1 of the format: rows 0 to 4, none of which had left.
    Path file = folder.resolve("pending-rows-v1.state");
    try (InputStream saved =
        Objects.requireNonNull(getClass().getResourceAsStream("/pending-rows-v1.state"))) {
      Files.copy(saved, file);
    }
    InferenceSettings settings = settings(CheckpointMode.SNAPSHOT, OutputOrder.ORDERED);
    OperatorSubtaskState next;
    try (OperatorBench bench =
        OperatorBench.restore(settings, OperatorSnapshotUtil.readStateHandle(file.toString()))) {
      feed(bench, 5, 1);
      next = bench.snapshot(2);
      bench.pass(Duration.ofMillis(20));
      bench.answerAll();
      assertThat(bench.output()).isEqualTo(rows(0, 6));
    }
    // And so is what is taken after that, once and not twice.
    try (OperatorBench bench = OperatorBench.restore(settings, next)) {
      bench.pass(Duration.ofMillis(20));
      bench.answerAll();
      assertThat(bench.output()).isEqualTo(rows(0, 6));
    }
  }

  @Test
  void aLaterFormatIsRefusedByName() throws Exception {
    assertThatThrownBy(() -> PendingState.requireKnown((byte) 3))
        .hasMessageContaining("in the format 3")
        .hasMessageContaining("formats up to 2");
  }
}
