package dev.millrace.jobs.bench;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** The batching that a user of a library writes: so many rows, then one call. */
final class BatchingOperator extends AbstractStreamOperator<Tuple2<String, float[]>>
    implements OneInputStreamOperator<String, Tuple2<String, float[]>>, BoundedOneInput {

  private static final long serialVersionUID = 1L;

  private final long embedder;
  private final int rows;
  private transient List<String> texts = new ArrayList<>();

  BatchingOperator(long embedder, int rows) {
    this.embedder = embedder;
    this.rows = rows;
  }

  @Override
  public void open() throws Exception {
    super.open();
    texts = new ArrayList<>(rows);
  }

  @Override
  public void processElement(StreamRecord<String> row) throws Exception {
    texts.add(row.getValue());
    if (texts.size() == rows) {
      embed();
    }
  }

  @Override
  public void endInput() throws Exception {
    if (!texts.isEmpty()) {
      embed();
    }
  }

  private void embed() throws Exception {
    List<float[]> vectors = PeerContender.embedder(embedder).embed(texts);
    for (int i = 0; i < texts.size(); i++) {
      output.collect(new StreamRecord<>(Tuple2.of(texts.get(i), vectors.get(i))));
    }
    texts.clear();
  }
}
