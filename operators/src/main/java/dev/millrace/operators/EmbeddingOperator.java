package dev.millrace.operators;

import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Sessions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * Rows in, rows with their vectors out.
 *
 * <p><b>Thread.</b> Everything runs in the task's mailbox. An accelerator's answer arrives on a
 * thread of its own and is posted to the mailbox. When more is in flight than may be, {@link
 * #processElement} yields to the mailbox, which back-pressures the input and never blocks the task.
 *
 * <p><b>Order.</b> Watermarks, latency markers, watermark status and record attributes queue with
 * the rows; see {@link OutputQueue}.
 *
 * <p><b>State.</b> A row that has come in and not left is in the checkpoint, by the input's own
 * serializer and with its timestamp, as a redistributable list. A restored row is inferred again:
 * results are exactly-once, calls to an accelerator at least once.
 *
 * <p><b>Memory.</b> Off-heap memory is taken from one {@link MemoryScope} for each subtask.
 */
final class EmbeddingOperator<IN, OUT> extends AbstractStreamOperator<OUT>
    implements OneInputStreamOperator<IN, OUT>, BoundedOneInput {

  private static final long serialVersionUID = 1L;

  private static final String PENDING_ROWS = "pending-rows-v1";
  private static final String COUNTS = "counts-v1";

  private final InferenceSettings settings;
  private final TextOf<IN> textOf;
  private final EmbeddingJoiner<IN, OUT> joiner;
  private final transient MailboxExecutor mailbox;
  private final transient TypeSerializer<IN> rowSerializer;
  private final transient OutputQueue<IN, OUT> queue;
  private final transient StreamRecord<OUT> reusedRecord;
  private final transient Deque<PendingRow<IN, OUT>> restored;

  private transient @Nullable ListState<Tuple2<Long, IN>> pendingState;
  private transient @Nullable ListState<Tuple3<Long, Long, Long>> countState;
  private transient @Nullable MemoryScope scope;
  private transient @Nullable InferenceSession session;
  private transient @Nullable Tokenizer tokenizer;
  private transient @Nullable InferenceEngine<IN, OUT> engine;
  private transient @Nullable InferenceMetrics counts;
  private transient boolean copiesRows;
  private transient int mostRows;

  @SuppressWarnings("NullAway") // a record without a value, until the first is emitted
  EmbeddingOperator(
      StreamOperatorParameters<OUT> parameters,
      InferenceSettings settings,
      TextOf<IN> textOf,
      EmbeddingJoiner<IN, OUT> joiner) {
    super(parameters);
    this.settings = settings;
    this.textOf = textOf;
    this.joiner = joiner;
    this.mailbox = parameters.getMailboxExecutor();
    this.rowSerializer =
        getOperatorConfig()
            .getTypeSerializerIn(0, parameters.getContainingTask().getUserCodeClassLoader());
    this.queue = new OutputQueue<>(settings.outputOrder(), this::emit);
    this.reusedRecord = new StreamRecord<>(null);
    this.restored = new ArrayDeque<>();
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    pendingState =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>(PENDING_ROWS, pendingSerializer()));
    countState =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>(COUNTS, Types.TUPLE(Types.LONG, Types.LONG, Types.LONG)));
    if (context.isRestored()) {
      for (Tuple2<Long, IN> row : pendingState.get()) {
        restored.add(new PendingRow<>(row.f1, row.f0));
      }
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private TypeSerializer<Tuple2<Long, IN>> pendingSerializer() {
    return new TupleSerializer(
        Tuple2.class, new TypeSerializer<?>[] {LongSerializer.INSTANCE, rowSerializer});
  }

  @Override
  public void open() throws Exception {
    super.open();
    // With object reuse the caller may overwrite a row as soon as processElement returns.
    copiesRows = getExecutionConfig().isObjectReuseEnabled() && !rowSerializer.isImmutableType();
    mostRows = (settings.maxInFlight() + 2) * settings.batchRows();
    Model model = Models.resolve(settings.model());
    MemoryScope openedScope =
        MemoryScope.open(getRuntimeContext().getTaskInfo().getTaskNameWithSubtasks());
    scope = openedScope;
    InferenceSession openedSession =
        Sessions.open(settings.acceleratorUri(), model, settings.sessionOptions());
    session = openedSession;
    Tokenizer openedTokenizer = Tokenizers.of(model);
    tokenizer = openedTokenizer;
    InferenceMetrics metricsOfThis =
        new InferenceMetrics(getMetricGroup(), getRuntimeContext(), savedCounts());
    counts = metricsOfThis;
    InferenceEngine<IN, OUT> newEngine =
        new InferenceEngine<>(
            settings,
            textOf,
            joiner,
            openedSession,
            openedTokenizer,
            openedScope,
            new TaskHost(),
            metricsOfThis,
            this::onProgress);
    engine = newEngine;
    metricsOfThis.watch(newEngine::inFlight, queue::rows);
    restored.forEach(queue::addRow);
    sendRestored();
  }

  private Iterable<Tuple3<Long, Long, Long>> savedCounts() throws Exception {
    return Objects.requireNonNull(countState).get();
  }

  @Override
  public void processElement(StreamRecord<IN> element) throws Exception {
    InferenceEngine<IN, OUT> running = engine();
    while (!restored.isEmpty() || running.isSaturated() || queue.rows() >= mostRows) {
      mailbox.yield();
    }
    IN row = copiesRows ? rowSerializer.copy(element.getValue()) : element.getValue();
    PendingRow<IN, OUT> pending =
        new PendingRow<>(row, element.hasTimestamp() ? element.getTimestamp() : Long.MIN_VALUE);
    queue.addRow(pending);
    running.add(pending);
  }

  private void onProgress() {
    queue.emitReady();
    sendRestored();
  }

  private void sendRestored() {
    while (!restored.isEmpty() && !engine().isSaturated()) {
      engine().add(restored.remove());
    }
  }

  private void emit(PendingRow<IN, OUT> row) {
    boolean timed = row.timestamp() != Long.MIN_VALUE;
    if (row.deadLetter() != null) {
      var letter = new StreamRecord<>(row.deadLetter());
      if (timed) {
        letter.setTimestamp(row.timestamp());
      }
      output.collect(DeadLetters.TAG, letter);
      return;
    }
    OUT result = Objects.requireNonNull(row.result());
    if (timed) {
      output.collect(reusedRecord.replace(result, row.timestamp()));
    } else {
      reusedRecord.eraseTimestamp();
      output.collect(reusedRecord.replace(result));
    }
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
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    List<Tuple2<Long, IN>> rows = new ArrayList<>(queue.rows());
    for (PendingRow<IN, OUT> row : queue.pending()) {
      rows.add(Tuple2.of(row.timestamp(), row.row()));
    }
    Objects.requireNonNull(pendingState).update(rows);
    Objects.requireNonNull(countState).update(List.of(Objects.requireNonNull(counts).totals()));
  }

  @Override
  public void endInput() throws Exception {
    while (!queue.isEmpty()) {
      if (restored.isEmpty()) {
        engine().flush();
      }
      if (!queue.isEmpty()) {
        mailbox.yield();
      }
    }
  }

  @Override
  public void close() throws Exception {
    // In this order: each is used by the one before it. All are closed, whatever one throws.
    IOUtils.closeAll(engine, tokenizer, session, scope, super::close);
  }

  private InferenceEngine<IN, OUT> engine() {
    return Objects.requireNonNull(engine, "The operator is not open.");
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
    public Future<?> schedule(Duration delay, Runnable action) {
      return processingTimeService.registerTimer(
          processingTimeService.getCurrentProcessingTime() + delay.toMillis(),
          time -> action.run());
    }

    @Override
    @SuppressWarnings("unchecked")
    public byte[] bytesOf(Object row) {
      DataOutputSerializer bytes = new DataOutputSerializer(256);
      try {
        rowSerializer.serialize((IN) row, bytes);
      } catch (IOException impossible) {
        throw new UncheckedIOException("A row that was read could not be written", impossible);
      }
      return bytes.getCopyOfBuffer();
    }
  }
}
