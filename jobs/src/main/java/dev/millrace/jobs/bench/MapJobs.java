package dev.millrace.jobs.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * The least that any Flink job does for a row that gets a vector: a map function tokenises the text
 * and copies a vector, always the same one, from off-heap memory to a new array. There is no batch,
 * no order to keep, nothing in flight and nothing to restore.
 */
final class MapJobs {

  private static final int DIMENSIONS = 384;

  private final JobCluster cluster;

  MapJobs(JobCluster cluster) {
    this.cluster = cluster;
  }

  /** Rows a second by the processor time of the whole process. */
  double run(List<String> texts, int rows, TextTokeniser.Opener opener) throws Exception {
    try (JobRun run = new JobRun(texts, rows, JobRun.Watcher.NONE)) {
      StreamExecutionEnvironment environment = JobCluster.environment(1);
      TextSource.of(environment, run)
          .map(new TokeniseAndCopy(opener))
          .returns(
              Types.<Tuple2<String, float[]>>TUPLE(
                  Types.STRING, PrimitiveArrayTypeInfo.FLOAT_PRIMITIVE_ARRAY_TYPE_INFO))
          .sinkTo(new VectorSink<>(run));
      cluster.run(environment);
      run.requireAll();
      return rows / run.cpuSeconds();
    }
  }

  private static final class TokeniseAndCopy
      extends RichMapFunction<String, Tuple2<String, float[]>> {

    private static final long serialVersionUID = 1L;

    private final TextTokeniser.Opener opener;
    private transient @Nullable TextTokeniser tokeniser;
    private transient @Nullable FloatBuffer vector;

    TokeniseAndCopy(TextTokeniser.Opener opener) {
      this.opener = opener;
    }

    @Override
    public void open(OpenContext context) {
      tokeniser = opener.open();
      vector =
          ByteBuffer.allocateDirect(DIMENSIONS * Float.BYTES)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
    }

    @Override
    public Tuple2<String, float[]> map(String text) {
      if (Objects.requireNonNull(tokeniser).encode(text) == 0) {
        throw new IllegalStateException("'" + text + "' has no tokens. Each text has some.");
      }
      float[] array = new float[DIMENSIONS];
      Objects.requireNonNull(vector).get(0, array);
      return Tuple2.of(text, array);
    }

    @Override
    public void close() {
      if (tokeniser != null) {
        tokeniser.close();
      }
    }
  }
}
