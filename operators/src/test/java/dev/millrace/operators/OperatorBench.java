package dev.millrace.operators;

import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Models;
import dev.millrace.schemas.DeadLetter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributesBuilder;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.function.ThrowingRunnable;
import org.jspecify.annotations.Nullable;

/** An embedding operator in Flink's harness, on a steered accelerator, its mailbox run by hand. */
final class OperatorBench implements AutoCloseable {

  /** The id of a row whose joiner throws. */
  static final int FAILS = -2;

  private static final OperatorID SOURCE = new OperatorID(1, 2);
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final Map<String, float[]> EXPECTED = new ConcurrentHashMap<>();
  private static final TypeInformation<Tuple2<Integer, String>> ROWS =
      TypeInformation.of(new TypeHint<Tuple2<Integer, String>>() {});
  private static final TypeInformation<Tuple2<Integer, float[]>> RESULTS =
      TypeInformation.of(new TypeHint<Tuple2<Integer, float[]>>() {});

  private final OneInputStreamOperatorTestHarness<Tuple2<Integer, String>, Tuple2<Integer, float[]>>
      harness;
  private final Steering steering;

  /** Settings that close no batch by time, so that a test decides. */
  static InferenceSettings settings(int batchRows, int maxInFlight, OutputOrder order) {
    Configuration config = new Configuration();
    config.set(InferenceOptions.ACCELERATORS, "steered:" + NAMES.incrementAndGet());
    config.set(InferenceOptions.BATCH_ROWS, batchRows);
    config.set(InferenceOptions.MAX_IN_FLIGHT, maxInFlight);
    config.set(InferenceOptions.OUTPUT_ORDER, order);
    config.set(InferenceOptions.CACHE_SIZE, MemorySize.ZERO);
    config.set(InferenceOptions.DEADLINE, Duration.ofSeconds(60));
    return InferenceSettings.from(config);
  }

  /** The settings with one option changed. */
  static <T> InferenceSettings with(InferenceSettings settings, ConfigOption<T> option, T value) {
    Configuration config = settings.toConfiguration();
    config.set(option, value);
    return InferenceSettings.from(config);
  }

  static OperatorBench start(InferenceSettings settings) throws Exception {
    return start(settings, null, 1, 0, false);
  }

  static OperatorBench restore(InferenceSettings settings, OperatorSubtaskState state)
      throws Exception {
    return start(settings, state, 1, 0, false);
  }

  static OperatorBench start(
      InferenceSettings settings,
      @Nullable OperatorSubtaskState state,
      int parallelism,
      int subtask,
      boolean objectReuse)
      throws Exception {
    return new OperatorBench(settings, state, parallelism, subtask, objectReuse);
  }

  private OperatorBench(
      InferenceSettings settings,
      @Nullable OperatorSubtaskState state,
      int parallelism,
      int subtask,
      boolean objectReuse)
      throws Exception {
    steering = Steering.named(settings.accelerator().substring("steered:".length()));
    harness =
        new OneInputStreamOperatorTestHarness<>(
            new EmbeddingOperatorFactory<Tuple2<Integer, String>, Tuple2<Integer, float[]>>(
                settings,
                row -> row.f1,
                OperatorBench::join,
                row -> Tuple2.of(row.f0, new float[0])),
            8,
            parallelism,
            subtask);
    if (objectReuse) {
      harness.getExecutionConfig().enableObjectReuse();
    }
    SerializerConfigImpl serialization = new SerializerConfigImpl();
    harness.getStreamConfig().setupNetworkInputs(ROWS.createSerializer(serialization));
    harness.getStreamConfig().serializeAllConfigs();
    harness.setup(RESULTS.createSerializer(serialization));
    if (state == null) {
      harness.initializeEmptyState();
    } else {
      harness.initializeState(state);
    }
    harness.open();
  }

  private static Tuple2<Integer, float[]> join(Tuple2<Integer, String> row, EmbeddingView vector) {
    if (row.f0 == FAILS) {
      throw new IllegalArgumentException("a joiner of a user's that fails");
    }
    return Tuple2.of(row.f0, vector.toArray());
  }

  Steering steering() {
    return steering;
  }

  /** With object reuse the same row is another one afterwards. */
  void row(int id, @Nullable String text, long timestamp) throws Exception {
    Tuple2<Integer, String> row = Tuple2.of(id, text);
    harness.processElement(new StreamRecord<>(row, timestamp));
    if (harness.getExecutionConfig().isObjectReuseEnabled()) {
      row.setFields(-1, "overwritten");
    }
  }

  void row(Tuple2<Integer, String> row) throws Exception {
    harness.processElement(new StreamRecord<>(row));
  }

  void watermark(long timestamp) throws Exception {
    harness.processWatermark(timestamp);
  }

  void idle(boolean now) throws Exception {
    harness.processWatermarkStatus(now ? WatermarkStatus.IDLE : WatermarkStatus.ACTIVE);
  }

  void latencyMarker(long time) throws Exception {
    harness.getOneInputOperator().processLatencyMarker(new LatencyMarker(time, SOURCE, 0));
  }

  void backlog(boolean now) throws Exception {
    harness.processRecordAttributes(new RecordAttributesBuilder(List.of()).setBacklog(now).build());
  }

  /** Moves the clock, which runs the timers that are due. */
  void pass(Duration time) throws Exception {
    harness.setProcessingTime(harness.getProcessingTime() + time.toMillis());
  }

  /** As Flink does it before the barrier with which a job is stopped with a savepoint. */
  void switchTimersOff() throws Exception {
    Future<?> unused = harness.getProcessingTimeService().quiesce();
  }

  /** Posts something to the mailbox, as another thread would. */
  void post(ThrowingRunnable<Exception> action) {
    harness.getTaskMailbox().put(new Mail(action, TaskMailbox.MAX_PRIORITY, "from a test"));
  }

  /** Runs what has been posted to the mailbox. */
  void runMails() throws Exception {
    runMails(Integer.MAX_VALUE);
  }

  /** Runs so many of the mails, or all if there are fewer. */
  void runMails(int most) throws Exception {
    for (int count = 0; count < most; count++) {
      Optional<Mail> mail = harness.getTaskMailbox().tryTake(0);
      if (mail.isEmpty()) {
        return;
      }
      mail.get().run();
    }
  }

  void answerAll() throws Exception {
    runMails();
    while (!steering.open().isEmpty()) {
      steering.open().forEach(SteeredCall::answer);
      runMails();
    }
  }

  void endInput() throws Exception {
    harness.endInput();
  }

  /** What Flink calls after the end of the input. Nothing may leave from then on. */
  void finish() throws Exception {
    harness.getOperator().finish();
  }

  OperatorSubtaskState snapshot(long id) throws Exception {
    prepareSnapshot(id);
    return snapshotNow(id);
  }

  void prepareSnapshot(long id) throws Exception {
    harness.prepareSnapshotPreBarrier(id);
  }

  OperatorSubtaskState snapshotNow(long id) throws Exception {
    return harness.snapshot(id, id);
  }

  /** The savepoint with which a job is stopped. */
  OperatorSubtaskState snapshotToStop(long id) throws Exception {
    prepareSnapshot(id);
    return harness
        .snapshotWithLocalState(id, id, SavepointType.suspend(SavepointFormatType.CANONICAL))
        .getJobManagerOwnedState();
  }

  /** The metric of checkpoints that held rows although they were to hold none. */
  long drainsTimedOut() {
    return ((InferenceOperator<?, ?, ?, ?, ?>) harness.getOneInputOperator()).drainsTimedOut();
  }

  /**
   * What left: {@code id@timestamp} for a row, {@code W timestamp} for a watermark, a name and its
   * value for other signals.
   */
  List<String> output() {
    return harness.getOutput().stream().map(OperatorBench::show).toList();
  }

  private static String show(Object element) {
    if (element instanceof Watermark watermark) {
      return "W " + watermark.getTimestamp();
    } else if (element instanceof WatermarkStatus status) {
      return "idle " + status.isIdle();
    } else if (element instanceof LatencyMarker marker) {
      return "marker " + marker.getMarkedTime();
    } else if (element instanceof RecordAttributes attributes) {
      return "backlog " + attributes.isBacklog();
    }
    StreamRecord<?> recordOut = (StreamRecord<?>) element;
    Tuple2<?, ?> row = (Tuple2<?, ?>) recordOut.getValue();
    return row.f0 + (recordOut.hasTimestamp() ? "@" + recordOut.getTimestamp() : "");
  }

  /** What left since the last call, as {@link #output()} gives it; each row is also shown. */
  List<String> takeOutput(Consumer<Tuple2<Integer, float[]>> rows) {
    List<String> taken = new ArrayList<>();
    for (Object element = harness.getOutput().poll();
        element != null;
        element = harness.getOutput().poll()) {
      taken.add(show(element));
      if (element instanceof StreamRecord<?> row) {
        rows.accept(castRow(row.getValue()));
      }
    }
    return taken;
  }

  @SuppressWarnings("unchecked")
  private static Tuple2<Integer, float[]> castRow(Object row) {
    return (Tuple2<Integer, float[]>) row;
  }

  /** Dead letters since the last call: {@code id@timestamp}. */
  List<String> takeLetters() {
    Queue<StreamRecord<DeadLetter>> letters = harness.getSideOutput(DeadLetters.TAG);
    List<String> taken = new ArrayList<>();
    for (StreamRecord<DeadLetter> letter = letters == null ? null : letters.poll();
        letter != null;
        letter = letters.poll()) {
      // The payload is the row, which begins with its id.
      taken.add(letter.getValue().getPayload().getInt(0) + "@" + letter.getTimestamp());
    }
    return taken;
  }

  /** The rows that left. */
  List<Tuple2<Integer, float[]>> results() {
    return harness.extractOutputValues();
  }

  List<DeadLetter> deadLetters() {
    Queue<StreamRecord<DeadLetter>> letters = harness.getSideOutput(DeadLetters.TAG);
    return letters == null ? List.of() : letters.stream().map(StreamRecord::getValue).toList();
  }

  /** What a text's steered embedding must be, from the tokenizer alone. */
  static float[] expected(String text) {
    return EXPECTED.computeIfAbsent(text, OperatorBench::vectorOf).clone();
  }

  private static float[] vectorOf(String text) {
    TextUnits units = new TextUnits();
    units.read(text);
    try (MemoryScope scope = MemoryScope.open("expected");
        Tokenizer tokenizer = new HuggingFaceLibraryTokenizer(Models.resolve("minilm"));
        TokenBuffer ids = new TokenBuffer(scope.allocator())) {
      long[] values = new long[tokenizer.encode(units, ids)];
      for (int i = 0; i < values.length; i++) {
        values[i] = ids.get(i);
      }
      return Steering.vectorOf(values);
    }
  }

  @Override
  public void close() throws Exception {
    harness.close();
  }
}
