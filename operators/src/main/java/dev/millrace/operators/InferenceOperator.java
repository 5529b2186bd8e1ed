package dev.millrace.operators;

import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Sessions;
import dev.millrace.schemas.DeadLetter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * Takes what comes in to an accelerator and lets it leave with the answer.
 *
 * <p><b>Thread.</b> Everything runs in the task's mailbox. An accelerator's answer arrives on a
 * thread of its own and is posted to the mailbox. When more is held than may be, {@link
 * #processElement} yields to the mailbox, which back-pressures the input and never blocks the task.
 *
 * <p><b>Order.</b> Watermarks, latency markers, watermark status and record attributes queue with
 * the rows; see {@link OutputQueue}.
 *
 * <p><b>State.</b> What has come in and not left is in the checkpoint, with its timestamp, as a
 * redistributable list; see {@link PendingState}. When restored it is inferred again: results are
 * exactly-once, calls to an accelerator at least once. With {@link CheckpointMode#DRAIN} it leaves
 * before the barrier, if it is done in time.
 *
 * <p><b>Memory.</b> Off-heap memory is taken from one {@link MemoryScope} for each subtask.
 *
 * @param <IN> what comes in
 * @param <OUT> what leaves
 * @param <S> what a checkpoint holds of it
 * @param <P> its place in the operator
 * @param <I> where its rows wait for their batch
 */
abstract class InferenceOperator<IN, OUT, S, P extends PendingInput<IN>, I extends Intake>
    extends AbstractStreamOperator<OUT>
    implements OneInputStreamOperator<IN, OUT>, BoundedOneInput {

  private static final long serialVersionUID = 1L;

  private static final String COUNTS = "counts-v2";

  /** Short beside what a batch takes. */
  private static final long DRAIN_LOOKS_NANOS = 1_000_000;

  private final InferenceSettings settings;
  private final InferenceTask task;
  private final int maxRows;
  private final transient BadRows badRows;
  private final transient MailboxExecutor mailbox;
  private final transient OutputQueue<P> queue;
  private final transient StreamRecord<OUT> reusedRecord;
  private final transient Deque<P> restored;

  private transient @Nullable PendingState<S> pendingState;
  private transient @Nullable ListState<long[]> countState;
  private transient @Nullable MemoryScope scope;
  private transient @Nullable InferenceSession session;
  private transient @Nullable I intake;
  private transient @Nullable InferenceEngine<I> engine;
  private transient @Nullable InferenceMetrics counts;
  private transient @Nullable Alarms alarms;

  @SuppressWarnings("NullAway") // a record without a value, until the first is emitted
  InferenceOperator(
      StreamOperatorParameters<OUT> parameters, InferenceSettings settings, InferenceTask task) {
    super(parameters);
    this.settings = settings;
    this.task = task;
    this.maxRows = settings.maxRows();
    this.badRows = new BadRows(settings);
    this.mailbox = parameters.getMailboxExecutor();
    this.queue = new OutputQueue<>(settings.outputOrder(), this::leave);
    this.reusedRecord = new StreamRecord<>(null);
    this.restored = new ArrayDeque<>();
  }

  /** Writes what {@link #toState} makes. */
  abstract TypeSerializer<S> stateSerializer();

  abstract S toState(P input);

  /** The input that a checkpoint holds; the operator owns it. */
  abstract IN fromState(S state);

  /** The input as one that outlives the call that brought it. */
  abstract IN keep(IN input);

  /** A place for an input, which the operator owns. */
  abstract P place(IN input, long timestamp);

  /** Hands an input to the engine. */
  abstract void submit(P input, InferenceEngine<I> into);

  /** Hands what became of an input to {@link #emit} and {@link #emitDeadLetter}. */
  abstract void emit(P input);

  /** The input will not be read again. */
  abstract void release(P input);

  /**
   * Opens the place where rows wait for their batch, which the operator then owns. What it says of
   * them comes on the task's thread.
   *
   * @param session borrowed; closed after it
   * @param memory borrowed likewise
   * @param clock milliseconds
   */
  abstract I openIntake(
      InferenceSession session, MemoryScope memory, LongSupplier clock, InferenceMetrics counts);

  /**
   * The model, which is for the operator's task.
   *
   * @throws dev.millrace.accelerator.AcceleratorException if it is not
   */
  Model model() {
    Model model = Models.resolve(settings.model());
    task.require(model);
    return model;
  }

  final InferenceSettings settings() {
    return settings;
  }

  final InferenceTask task() {
    return task;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    PendingState<S> pending =
        new PendingState<>(
            context.getOperatorStateStore(), stateSerializer(), getUserCodeClassloader());
    pendingState = pending;
    countState =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>(
                    COUNTS, PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO));
    if (context.isRestored()) {
      for (Tuple2<Long, S> saved : pending.restore()) {
        restored.add(place(fromState(saved.f1), saved.f0));
      }
    }
  }

  @Override
  public void open() throws Exception {
    super.open();
    JobClasses.releaseWith(getRuntimeContext());
    Model model = model();
    MemoryScope openedScope =
        MemoryScope.open(getRuntimeContext().getTaskInfo().getTaskNameWithSubtasks());
    scope = openedScope;
    InferenceSession openedSession =
        Sessions.open(settings.acceleratorUri(), model, settings.sessionOptions());
    session = openedSession;
    InferenceMetrics metricsOfThis =
        new InferenceMetrics(
            getMetricGroup(), getRuntimeContext(), Objects.requireNonNull(countState).get());
    counts = metricsOfThis;
    alarms = new Alarms(processingTimeService);
    TaskHost host = new TaskHost();
    I openedIntake = openIntake(openedSession, openedScope, host::now, metricsOfThis);
    intake = openedIntake;
    InferenceEngine<I> newEngine =
        new InferenceEngine<>(
            settings, openedIntake, openedSession, openedScope, host, metricsOfThis);
    engine = newEngine;
    metricsOfThis.watch(newEngine, queue::rows);
    DeviceMetrics.watch(getMetricGroup(), openedSession);
    restored.forEach(queue::add);
    submitRestored();
  }

  @Override
  public void processElement(StreamRecord<IN> element) throws Exception {
    InferenceEngine<I> running = engine();
    while (mustWait(running)) {
      // Only what leaves makes room there, so nothing is to wait for company that cannot come.
      running.press(queue.rows() >= maxRows);
      mailbox.yield();
    }
    running.press(false);
    P input =
        place(
            keep(element.getValue()),
            element.hasTimestamp() ? element.getTimestamp() : Long.MIN_VALUE);
    queue.add(input);
    submit(input, running);
    queue.emitLast(input);
  }

  private boolean mustWait(InferenceEngine<I> running) {
    return !restored.isEmpty() || !running.hasRoom() || queue.rows() >= maxRows;
  }

  private void submitRestored() {
    boolean any = !restored.isEmpty();
    while (!restored.isEmpty() && engine().hasRoom()) {
      submit(restored.remove(), engine());
    }
    if (any) {
      engine().nudge();
      queue.emitReady();
    }
  }

  private void leave(P input) {
    try {
      emit(input);
    } finally {
      release(input);
    }
  }

  /** Emits a result with the timestamp of what it was made of. */
  final void emit(OUT result, PendingInput<IN> of) {
    if (of.timestamp() == Long.MIN_VALUE) {
      reusedRecord.eraseTimestamp();
      output.collect(reusedRecord.replace(result));
    } else {
      output.collect(reusedRecord.replace(result, of.timestamp()));
    }
  }

  /** Emits a dead letter with the timestamp of what it was made of. */
  final void emitDeadLetter(DeadLetter letter, PendingInput<IN> of) {
    StreamRecord<DeadLetter> letterRecord = new StreamRecord<>(letter);
    if (of.timestamp() != Long.MIN_VALUE) {
      letterRecord.setTimestamp(of.timestamp());
    }
    output.collect(DeadLetters.TAG, letterRecord);
  }

  /**
   * Counts a row that cannot be inferred.
   *
   * @param bytes writes its original bytes
   * @return the letter that it leaves as; null if it leaves with null for a vector
   * @throws org.apache.flink.util.FlinkRuntimeException if the job is not to go on
   */
  final @Nullable DeadLetter badRow(
      String category, String reason, int attempts, Supplier<byte[]> bytes) {
    long rowsDone = Objects.requireNonNull(counts).rowsDone();
    if (!badRows.isDeadLetter(category, reason, rowsDone)) {
      return null;
    }
    // Where no accelerator was asked, no model was.
    String digest = attempts == 0 ? null : session().digest();
    return DeadLetters.of(category, reason, attempts, digest, bytes.get());
  }

  /** Counts a dead letter of which the engine does not know. */
  final void countDeadLetter() {
    Objects.requireNonNull(counts).deadLetter();
  }

  @Override
  public void processWatermark(Watermark mark) {
    queue.addSignal(() -> output.emitWatermark(mark));
  }

  @Override
  public void processWatermark(WatermarkEvent mark) {
    queue.addSignal(() -> output.emitWatermark(mark));
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) {
    queue.addSignal(() -> output.emitWatermarkStatus(status));
  }

  @Override
  public void processLatencyMarker(LatencyMarker marker) {
    queue.addSignal(() -> reportOrForwardLatencyMarker(marker));
  }

  @Override
  public void processRecordAttributes(RecordAttributes attributes) {
    queue.addSignal(() -> output.emitRecordAttributes(attributes));
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    super.prepareSnapshotPreBarrier(checkpointId);
    if (settings.checkpointMode() == CheckpointMode.DRAIN && !queue.isEmpty()) {
      drain(checkpointId);
    }
  }

  private void drain(long checkpointId) throws Exception {
    AtomicBoolean late = new AtomicBoolean();
    Alarms.Alarm alarm = alarms().set(settings.drainTimeout(), () -> late.set(true));
    engine().press(true);
    queue.emitReady();
    while (!queue.isEmpty() && !late.get()) {
      // Not with a yield that waits: where Flink's timers are off, nothing may come to end it.
      if (!mailbox.tryYield()) {
        LockSupport.parkNanos(DRAIN_LOOKS_NANOS);
        alarms().ring();
      }
    }
    alarms().cancel(alarm);
    engine().press(false);
    if (!queue.isEmpty()) {
      Objects.requireNonNull(counts).countDrainTimedOut();
      LOG.warn(
          "Checkpoint {}: {} rows were not done within the {} ms of the option '{}'. This"
              + " checkpoint holds them, as with the mode 'snapshot'.",
          checkpointId,
          queue.rows(),
          settings.drainTimeout().toMillis(),
          InferenceOptions.DRAIN_TIMEOUT.key());
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    List<Tuple2<Long, S>> pending = new ArrayList<>();
    for (P input : queue.pending()) {
      pending.add(Tuple2.of(input.timestamp(), toState(input)));
    }
    Objects.requireNonNull(pendingState).save(pending);
    Objects.requireNonNull(countState).update(List.of(Objects.requireNonNull(counts).totals()));
  }

  /**
   * The savepoint with which a job is stopped holds what has not left, and whoever goes on from
   * there lets it leave. So it does not leave here as well, behind the barrier. A job whose last
   * savepoint fails does not go on without being restored.
   */
  @Override
  public OperatorSnapshotFutures snapshotState(
      long checkpointId, long timestamp, CheckpointOptions options, CheckpointStreamFactory storage)
      throws Exception {
    OperatorSnapshotFutures taken = super.snapshotState(checkpointId, timestamp, options, storage);
    if (options.getCheckpointType() instanceof SavepointType savepoint
        && savepoint.isSynchronous()) {
      queue.hold();
    }
    return taken;
  }

  /** Checkpoints that held rows although they were to hold none. */
  final long drainsTimedOut() {
    return Objects.requireNonNull(counts).drainsTimedOut();
  }

  @Override
  public void endInput() throws Exception {
    while (!restored.isEmpty()) {
      mailbox.yield();
    }
    engine().press(true);
    queue.emitReady();
    while (!queue.isEmpty()) {
      mailbox.yield();
    }
  }

  @Override
  public void close() throws Exception {
    // In this order: each is used by the one before it. All are closed, whatever one throws.
    IOUtils.closeAll(
        engine == null ? intake : engine, this::releaseAll, session, scope, super::close);
  }

  private void releaseAll() {
    // What was restored is in the queue as soon as there is an engine.
    List<P> held = engine == null ? List.copyOf(restored) : queue.pending();
    held.forEach(this::release);
  }

  private InferenceEngine<I> engine() {
    return Objects.requireNonNull(engine, "The operator is not open.");
  }

  private Alarms alarms() {
    return Objects.requireNonNull(alarms, "The operator is not open.");
  }

  final InferenceSession session() {
    return Objects.requireNonNull(session, "The operator is not open.");
  }

  final MemoryScope scope() {
    return Objects.requireNonNull(scope, "The operator is not open.");
  }

  /** The task's mailbox and clock. */
  private final class TaskHost implements InferenceEngine.Host {

    @Override
    public void execute(Runnable action) {
      try {
        mailbox.execute(action::run, "inference answer");
      } catch (RejectedExecutionException ended) {
        // The task is over. Its close gives up every answer, which frees what this one brought.
        LOG.debug("An answer came after the task's end.", ended);
      }
    }

    @Override
    public void schedule(Duration delay, Runnable action) {
      Alarms.Alarm unused = alarms().set(delay, action);
    }

    @Override
    public long now() {
      return alarms().now();
    }

    @Override
    public void progressed() {
      queue.emitReady();
      submitRestored();
    }
  }
}
