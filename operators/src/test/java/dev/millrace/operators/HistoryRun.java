package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.OffHeapMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.util.function.ThrowingRunnable;
import org.jspecify.annotations.Nullable;

/**
 * A history, done with an operator and compared with the {@link SequentialModel} at each step.
 *
 * <p>Everything is on one thread. Where the operator waits in its mailbox for what another thread
 * would do, a mail does that.
 */
final class HistoryRun implements AutoCloseable {

  /** All histories run on it, one after another. */
  static final String ACCELERATOR = "steered:histories";

  /** Something that comes in, and may come in again after a restart. */
  private sealed interface Input {}

  private record RowIn(int id, @Nullable String text, long timestamp) implements Input {}

  private record SignalIn(String name, ThrowingRunnable<Exception> coming) implements Input {}

  private final History history;
  private final InferenceSettings settings;
  private final SequentialModel model;
  private final List<@Nullable String> textOfRow = new ArrayList<>();
  private final List<Input> sinceCheckpoint = new ArrayList<>();
  private List<SequentialModel.Element> checkpointed = List.of();
  private @Nullable OperatorSubtaskState state;
  private OperatorBench bench;
  private long watermark;
  private long marker;
  private long checkpoints;
  private boolean waits;

  /** Runs a history. Throws what goes wrong. */
  static void run(History history) throws Exception {
    long held = OffHeapMemory.allocatedBytes();
    try (HistoryRun run = new HistoryRun(history)) {
      for (Step step : history.steps()) {
        run.doing(() -> run.take(step));
      }
      run.end();
    }
    long leaked = OffHeapMemory.allocatedBytes() - held;
    if (leaked > 0) {
      throw new AssertionError(
          leaked + " bytes are held after the end: " + OffHeapMemory.describe());
    }
  }

  private HistoryRun(History history) throws Exception {
    this.history = history;
    History.Setup setup = history.setup();
    InferenceSettings some =
        OperatorBench.settings(setup.batchRows(), setup.maxInFlight(), setup.order());
    some = OperatorBench.with(some, InferenceOptions.ACCELERATORS, ACCELERATOR);
    some = OperatorBench.with(some, InferenceOptions.MAX_ROWS, setup.maxRows());
    some = OperatorBench.with(some, InferenceOptions.CHECKPOINT_MODE, setup.mode());
    some = OperatorBench.with(some, InferenceOptions.ON_BAD_ROW, setup.onBadRow());
    some = OperatorBench.with(some, InferenceOptions.MAX_DEAD_LETTER_SHARE, 1.0);
    this.settings =
        OperatorBench.with(
            some,
            InferenceOptions.CACHE_SIZE,
            setup.cached() ? MemorySize.parse("256 kb") : MemorySize.ZERO);
    this.model = new SequentialModel(setup.order());
    this.bench = start();
  }

  private OperatorBench start() throws Exception {
    return OperatorBench.start(settings, state, 1, 0, history.setup().objectReuse());
  }

  /** Does something that may fail the task, as some failures of the device do. */
  private void doing(ThrowingRunnable<Exception> something) throws Exception {
    try {
      something.run();
      compare();
    } catch (Exception failure) {
      if (!isTheDevices(failure)) {
        throw failure;
      }
      restart();
    }
  }

  private static boolean isTheDevices(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof AcceleratorException known) {
        return known.category() != Category.CONFIGURATION && known.category() != Category.INPUT;
      }
    }
    return false;
  }

  private void take(Step step) throws Exception {
    if (step instanceof Step.Row row) {
      String text = HistoryTexts.of(row.text());
      feed(new RowIn(textOfRow.size(), text, watermark + 1 + row.afterWatermark()));
    } else if (step instanceof Step.Watermark by) {
      watermark += by.by();
      long now = watermark;
      feed(new SignalIn("W " + now, () -> bench.watermark(now)));
    } else if (step instanceof Step.Idle idle) {
      feed(new SignalIn("idle " + idle.now(), () -> bench.idle(idle.now())));
    } else if (step instanceof Step.Marker) {
      long time = ++marker;
      feed(new SignalIn("marker " + time, () -> bench.latencyMarker(time)));
    } else if (step instanceof Step.Backlog backlog) {
      feed(new SignalIn("backlog " + backlog.now(), () -> bench.backlog(backlog.now())));
    } else if (step instanceof Step.Pass pass) {
      bench.pass(Duration.ofMillis(pass.millis()));
    } else if (step instanceof Step.Mails mails) {
      bench.runMails(mails.most());
    } else if (step instanceof Step.Checkpoint checkpoint) {
      checkpoint(checkpoint.inTime());
    } else if (step instanceof Step.Restart) {
      restart();
    } else {
      answer(step);
    }
  }

  private void answer(Step step) {
    if (step instanceof Step.Respond respond) {
      open(respond.call()).ifPresent(HistoryTexts::respond);
    } else if (step instanceof Step.Fault fault) {
      open(fault.call()).ifPresent(call -> fail(call, fault.category()));
    } else if (step instanceof Step.Malformed malformed) {
      open(malformed.call()).ifPresent(call -> call.answer(call.rows() - 1, Steering.DIMENSION));
    }
  }

  private static void fail(SteeredCall call, Category category) {
    // A row that is too much by itself is a bad row in the end; that is another test's.
    boolean alone = category == Category.OUT_OF_MEMORY && call.rows() == 1;
    call.fail(new AcceleratorException(alone ? Category.DEVICE : category, "It is so."));
  }

  private Optional<SteeredCall> open(int number) {
    List<SteeredCall> open = bench.steering().open();
    return open.isEmpty() ? Optional.empty() : Optional.of(open.get(number % open.size()));
  }

  private void feed(Input input) throws Exception {
    if (input instanceof RowIn row) {
      textOfRow.add(row.text());
    }
    sinceCheckpoint.add(input);
    deliver(input);
  }

  private void deliver(Input input) throws Exception {
    if (input instanceof RowIn row) {
      boolean bad = HistoryTexts.isBad(row.text());
      boolean letter = bad && settings.onBadRow() == OnBadRow.DEAD_LETTER;
      model.came(new SequentialModel.Element(row.id() + "@" + row.timestamp(), true, letter));
      waiting(() -> bench.row(row.id(), row.text(), row.timestamp()));
    } else if (input instanceof SignalIn signal) {
      model.came(new SequentialModel.Element(signal.name(), false, false));
      signal.coming().run();
    }
  }

  /** Does something that may wait in the mailbox; meanwhile the device answers and time passes. */
  private void waiting(ThrowingRunnable<Exception> something) throws Exception {
    waits = true;
    bench.post(this::help);
    try {
      something.run();
    } finally {
      waits = false;
    }
  }

  private void help() throws Exception {
    if (!waits) {
      return;
    }
    help(Duration.ofSeconds(10));
    bench.post(this::help);
  }

  private void checkpoint(boolean inTime) throws Exception {
    long id = ++checkpoints;
    boolean drains = settings.checkpointMode() == CheckpointMode.DRAIN;
    if (drains && inTime) {
      // A device that answers, and time stands still: so it is in time.
      waits = true;
      bench.post(this::answerWhileWaiting);
      try {
        bench.prepareSnapshot(id);
      } finally {
        waits = false;
      }
      compare();
      if (bench.drainsTimedOut() == 0 && !model.isEmpty()) {
        throw new AssertionError("These were to be drained: " + model);
      }
    } else {
      bench.post(() -> bench.pass(settings.drainTimeout()));
      bench.prepareSnapshot(id);
      compare();
    }
    state = bench.snapshotNow(id);
    checkpointed = model.rows();
    sinceCheckpoint.clear();
  }

  private void answerWhileWaiting() throws Exception {
    if (!waits) {
      return;
    }
    // If there are pauses to pass, and they are long, it is not in time after all.
    help(Duration.ofMillis(100));
    bench.post(this::answerWhileWaiting);
  }

  private void help(Duration otherwisePass) throws Exception {
    Optional<SteeredCall> call = open(0);
    if (call.isPresent()) {
      HistoryTexts.respond(call.get());
    } else {
      bench.pass(otherwisePass);
    }
  }

  private void restart() throws Exception {
    bench.close();
    model.restore(checkpointed);
    bench = start();
    for (Input input : List.copyOf(sinceCheckpoint)) {
      deliver(input);
    }
    compare();
  }

  private void compare() {
    model.left(bench.takeOutput(this::compareVector), bench.takeLetters());
  }

  private void compareVector(Tuple2<Integer, float[]> row) {
    String text = textOfRow.get(row.f0);
    float[] expected = HistoryTexts.isBad(text) ? new float[0] : OperatorBench.expected(text);
    if (!Arrays.equals(row.f1, expected)) {
      throw new AssertionError(
          "Row " + row.f0 + ", '" + text + "', has the vector " + Arrays.toString(row.f1));
    }
  }

  private void end() throws Exception {
    for (int tries = 0; ; tries++) {
      try {
        waiting(bench::endInput);
        break;
      } catch (Exception failure) {
        if (tries == 20 || !isTheDevices(failure)) {
          throw failure;
        }
        restart();
      }
    }
    compare();
    if (!model.isEmpty()) {
      throw new AssertionError("These never left: " + model);
    }
    bench.finish();
    bench.steering().open().forEach(HistoryTexts::respond);
    bench.runMails();
    bench.pass(Duration.ofSeconds(100));
    bench.runMails();
    if (!bench.takeOutput(row -> {}).isEmpty() || !bench.takeLetters().isEmpty()) {
      throw new AssertionError("Something left after the end.");
    }
  }

  @Override
  public void close() throws Exception {
    bench.close();
    bench.steering().open().forEach(SteeredCall::answer);
    bench.steering().forgetCalls();
  }
}
