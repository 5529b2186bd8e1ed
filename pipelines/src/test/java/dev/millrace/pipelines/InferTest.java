package dev.millrace.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.millrace.accelerator.onnx.RawModels;
import dev.millrace.accelerator.tensor.TensorValue;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.OutputOrder;
import dev.millrace.operators.TensorMapping;
import dev.millrace.schemas.DeadLetter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tensors of rows in whole jobs, against a plain loop over ONNX Runtime. */
class InferTest {

  private static final int ROWS = 300;
  private static final int ITEMS = 30;
  private static final long SEED = 3;
  private static final List<String> INPUTS = List.of("candidate_ids", "input_ids");
  private static final TypeInformation<Tuple2<Integer, float[]>> SCORED =
      Types.TUPLE(Types.INT, Types.PRIMITIVE_ARRAY(Types.FLOAT));

  @TempDir static Path folder;

  @BeforeAll
  static void build() {
    Random random = new Random(SEED);
    float[][] vectors = new float[ITEMS][8];
    for (int item = 1; item < ITEMS; item++) {
      for (int d = 0; d < vectors[item].length; d++) {
        vectors[item][d] = (float) random.nextGaussian();
      }
    }
    RawModels.sequence(folder, vectors);
  }

  /** Of several lengths, so that rows of one shape meet. */
  private static long[] ids(int row, int count, int step) {
    long[] ids = new long[count];
    Arrays.setAll(ids, i -> (row * 7L + (long) i * step) % ITEMS);
    return ids;
  }

  private static long[] candidates(int row) {
    return ids(row, 5, 3);
  }

  private static long[] bought(int row) {
    return ids(row, 1 + row % 4, 11);
  }

  /** What fits none of the model's shapes, and what is not there. */
  private static boolean isBad(int row) {
    return row % 50 == 7 || row % 50 == 9;
  }

  private static final class Scoring implements TensorMapping<Integer, Tuple2<Integer, float[]>> {
    private static final long serialVersionUID = 1L;

    @Override
    public List<@Nullable TensorValue> tensorsOf(Integer row) {
      long[] bought = bought(row);
      List<@Nullable TensorValue> tensors = new ArrayList<>();
      tensors.add(new TensorValue(List.of(5), candidates(row)));
      tensors.add(
          row % 50 == 7
              ? null
              : new TensorValue(
                  row % 50 == 9 ? List.of(1, bought.length) : List.of(bought.length), bought));
      return tensors;
    }

    @Override
    public Tuple2<Integer, float[]> join(Integer row, List<TensorValue> answer) {
      return Tuple2.of(row, (float[]) answer.get(0).elements());
    }

    @Override
    public Tuple2<Integer, float[]> withoutAnswer(Integer row) {
      return Tuple2.of(row, new float[0]);
    }
  }

  private static InferredStream<Tuple2<Integer, float[]>> infer(
      int parallelism, OutputOrder order, List<String> inputs, List<String> outputs) {
    Configuration config = new Configuration();
    config.set(InferenceOptions.MODEL, folder.toString());
    config.set(InferenceOptions.OUTPUT_ORDER, order);
    Configuration flink = new Configuration();
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, flink);
    return Infer.stream(
        "infer",
        env.fromSequence(0, ROWS - 1).map(Long::intValue).returns(Integer.class),
        inputs,
        outputs,
        new Scoring(),
        SCORED,
        InferenceSettings.from(config));
  }

  @ParameterizedTest
  @CsvSource({"1, ORDERED", "2, UNORDERED"})
  void isWhatAPlainLoopComputes(int parallelism, OutputOrder order) throws Exception {
    List<Integer> rows = new ArrayList<>();
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession loop = environment.createSession(folder.resolve("model.onnx").toString());
        CloseableIterator<Tuple2<Integer, float[]>> results =
            infer(parallelism, order, INPUTS, List.of("scores")).rows().executeAndCollect()) {
      while (results.hasNext()) {
        Tuple2<Integer, float[]> row = results.next();
        rows.add(row.f0);
        try (OnnxTensor bought =
                OnnxTensor.createTensor(environment, new long[][] {bought(row.f0)});
            OnnxTensor candidates =
                OnnxTensor.createTensor(environment, new long[][] {candidates(row.f0)});
            OrtSession.Result expected =
                loop.run(Map.of("input_ids", bought, "candidate_ids", candidates))) {
          assertThat(row.f1)
              .as("row %d", row.f0)
              .containsExactly(((float[][]) expected.get(0).getValue())[0]);
        }
      }
    }
    assertThat(rows).hasSize(ROWS - 12).doesNotHaveDuplicates().noneMatch(InferTest::isBad);
    if (parallelism == 1) {
      assertThat(rows).isSorted();
    }
  }

  @Test
  void whatDoesNotFitIsADeadLetter() throws Exception {
    List<String> reasons = new ArrayList<>();
    try (CloseableIterator<DeadLetter> letters =
        infer(2, OutputOrder.UNORDERED, INPUTS, List.of("scores"))
            .deadLetters()
            .executeAndCollect()) {
      letters.forEachRemaining(
          letter -> reasons.add(letter.getCategory() + " " + letter.getReason()));
    }
    assertThat(reasons)
        .hasSize(12)
        .anyMatch(reason -> reason.startsWith("INVALID The row has no value for 'input_ids'."))
        .anyMatch(reason -> reason.startsWith("INVALID The row has the shape [1, "));
  }

  @Test
  void namesThatAreNotTheModelsAreToldBeforeTheJobStarts() {
    assertThatThrownBy(() -> infer(1, OutputOrder.ORDERED, List.of("input_ids"), List.of("scores")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("reads [input_ids INT64[?, ?], candidate_ids INT64[?, ?]]")
        .hasMessageContaining("named are [input_ids]. Name each of them once.");
    assertThatThrownBy(() -> infer(1, OutputOrder.ORDERED, INPUTS, List.of("logits")))
        .hasMessageContaining("makes [scores FLOAT32[?, ?]]")
        .hasMessageContaining("named are [logits]. Name one or more of them.");
  }
}
