package dev.millrace.pipelines.recommend;

import dev.millrace.accelerator.MemoryScope;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.apache.flink.runtime.state.OperatorStateCheckpointOutputStream;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StatePartitionStreamProvider;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.StringValue;
import org.apache.flink.util.IOUtils;

/**
 * Finds what is near to what, and tells the catalogue whenever that changes. It is the only place
 * of the job that has the items' vectors, so it does not run in parallel.
 *
 * <p>Items wait until event time has passed them by the gap, and count in the order of time. An
 * item of time t is told of before the watermark t + gap leaves, which is the one that lets the
 * feed know it. What is told is never of an earlier time than what was told before it.
 *
 * <p><b>State</b> is what {@link ItemNeighbours} writes, after what waits and what was told: a
 * stream of this operator's own, so that no vector has to be on the heap for it. It begins with a
 * version.
 */
final class NeighboursOperator extends AbstractStreamOperator<CatalogueEvent>
    implements OneInputStreamOperator<EmbeddedItem, CatalogueEvent> {
  private static final long serialVersionUID = 1L;

  private static final int VERSION = 2;

  /** Without the links of a graph. */
  private static final int WITHOUT_LINKS = 1;

  /** Of one moment. */
  private static final Comparator<EmbeddedItem> ORDER =
      Comparator.<EmbeddedItem, String>comparing(item -> item.itemId)
          .thenComparing(item -> item.title)
          .thenComparing(item -> item.vector, Arrays::compare);

  private final RecommendSettings settings;

  // Flink calls initializeState() before anything else.
  @SuppressWarnings("NullAway.Init")
  private transient MemoryScope memory;

  @SuppressWarnings("NullAway.Init")
  private transient ItemNeighbours neighbours;

  @SuppressWarnings("NullAway.Init")
  private transient TreeMap<Long, List<EmbeddedItem>> waiting;

  private transient long sequence;
  private transient long toldUpTo;
  private transient boolean tellsAll;

  NeighboursOperator(RecommendSettings settings) {
    this.settings = settings;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    memory = MemoryScope.open("vectors of the feed's items");
    neighbours = ItemNeighbours.of(settings, memory.allocator());
    waiting = new TreeMap<>();
    toldUpTo = Long.MIN_VALUE;
    for (StatePartitionStreamProvider state : context.getRawOperatorStateInputs()) {
      restore(new DataInputViewStreamWrapper(new BufferedInputStream(state.getStream())));
    }
  }

  private void restore(DataInputView in) throws IOException {
    int version = in.readInt();
    if (version < WITHOUT_LINKS || version > VERSION) {
      throw new IOException(
          "The state of what is near has version %d, and this Millrace reads versions up to %d: go on with the one that wrote it."
              .formatted(version, VERSION));
    }
    sequence = in.readLong();
    toldUpTo = in.readLong();
    int count = in.readInt();
    for (int i = 0; i < count; i++) {
      String itemId = StringValue.readString(in);
      String title = StringValue.readString(in);
      long time = in.readLong();
      float[] vector = new float[in.readInt()];
      for (int d = 0; d < vector.length; d++) {
        vector[d] = in.readFloat();
      }
      wait(new EmbeddedItem(itemId, title, time, vector));
    }
    // A checkpoint may come between a restart and the watermark with which all is told.
    boolean owed = in.readBoolean();
    tellsAll = !neighbours.restore(in, version > WITHOUT_LINKS) || owed;
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    OperatorStateCheckpointOutputStream stream = context.getRawOperatorStateOutput();
    stream.startNewPartition();
    BufferedOutputStream buffered = new BufferedOutputStream(stream);
    write(new DataOutputViewStreamWrapper(buffered));
    buffered.flush();
  }

  private void write(DataOutputView out) throws IOException {
    out.writeInt(VERSION);
    out.writeLong(sequence);
    out.writeLong(toldUpTo);
    out.writeInt(waiting.values().stream().mapToInt(List::size).sum());
    for (List<EmbeddedItem> items : waiting.values()) {
      for (EmbeddedItem item : items) {
        StringValue.writeString(item.itemId, out);
        StringValue.writeString(item.title, out);
        out.writeLong(item.eventTime);
        out.writeInt(item.vector.length);
        for (float value : item.vector) {
          out.writeFloat(value);
        }
      }
    }
    out.writeBoolean(tellsAll);
    neighbours.write(out);
  }

  @Override
  public void processElement(StreamRecord<EmbeddedItem> element) {
    wait(element.getValue());
  }

  private void wait(EmbeddedItem item) {
    waiting.computeIfAbsent(item.eventTime, time -> new ArrayList<>()).add(item);
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    if (tellsAll) {
      tellsAll = false;
      neighbours.all().forEach(this::tell);
    }
    long gap = settings.basketGap().toMillis();
    long upTo = Math.max(mark.getTimestamp(), Long.MIN_VALUE + gap) - gap;
    while (!waiting.isEmpty() && waiting.firstKey() <= upTo) {
      long time = waiting.firstKey();
      List<EmbeddedItem> now = waiting.pollFirstEntry().getValue();
      now.sort(ORDER);
      toldUpTo = Math.max(toldUpTo, time);
      for (EmbeddedItem item : now) {
        neighbours.put(item).forEach(this::tell);
      }
    }
    super.processWatermark(mark);
  }

  @Override
  public void close() throws Exception {
    IOUtils.closeAll(neighbours, memory, super::close);
  }

  private void tell(NearItems change) {
    change.sequence = sequence++;
    output.collect(new StreamRecord<>(CatalogueEvent.of(change, toldUpTo), toldUpTo));
  }
}
