package dev.millrace.pipelines;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.onnx.Texts;
import dev.millrace.accelerator.onnx.Vectors;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;

/** A job on a pool of which a device dies loses no row. */
class PoolTest {

  private static final int ROWS = 1500;

  @Test
  void theJobGoesOnWithTheProcessorWhenItsDeviceDies() throws Exception {
    Map<Integer, float[]> vectors =
        embed(
            "onnx:cpu,sim:dies-beside-the-cpu?speed=20000&die=1500ms..",
            Texts.generated(ROWS, 8, 5));
    assertThat(vectors).hasSize(ROWS);
  }

  @Test
  void vectorsAreTheSameWhicheverDeviceMadeThem() throws Exception {
    List<String> texts = Texts.generated(ROWS, 8, 6);
    Map<Integer, float[]> alone = embed("sim:alone?speed=1000000", texts);
    Map<Integer, float[]> pooled =
        embed(
            "sim:one?speed=10000,sim:two?speed=10000&die=500ms..1s,"
                + "sim:three?speed=10000&nan=0.05&fail=0.05&out-of-memory=0.02",
            texts);
    assertThat(pooled).hasSize(ROWS);
    pooled.forEach(
        (row, vector) ->
            assertThat(Vectors.cosine(vector, requireNonNull(alone.get(row))))
                .isGreaterThanOrEqualTo(0.999999));
  }

  private static Map<Integer, float[]> embed(String accelerators, List<String> texts)
      throws Exception {
    Configuration config = new Configuration();
    config.set(InferenceOptions.ACCELERATORS, accelerators);
    config.set(InferenceOptions.CACHE_SIZE, MemorySize.ZERO);
    config.set(InferenceOptions.TOKEN_BUDGET, 256);
    InferenceSettings settings = InferenceSettings.from(config);
    assertThat(settings.problems()).isEmpty();
    List<Tuple2<Integer, String>> rows = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      rows.add(Tuple2.of(i, texts.get(i) + " " + i));
    }
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
    Map<Integer, float[]> vectors = new HashMap<>();
    try (CloseableIterator<Tuple2<Integer, float[]>> results =
        Embed.stream(
                "embed",
                env.fromData(rows, TypeInformation.of(new TypeHint<Tuple2<Integer, String>>() {})),
                row -> row.f1,
                settings)
            .rows()
            .map(row -> Tuple2.of(row.f0.f0, row.f1))
            .returns(TypeInformation.of(new TypeHint<Tuple2<Integer, float[]>>() {}))
            .executeAndCollect()) {
      results.forEachRemaining(row -> assertThat(vectors.put(row.f0, row.f1)).isNull());
    }
    return vectors;
  }
}
