package dev.millrace.accelerator.servers;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Precision;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.onnx.ModelFolders;
import dev.millrace.accelerator.onnx.RawModels;
import dev.millrace.accelerator.tensor.TensorColumns;
import dev.millrace.accelerator.tensor.TensorRows;
import dev.millrace.accelerator.tensor.TensorValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that are used as they are, wherever they run. */
class RawTensorsTest {

  private static final SessionOptions OPTIONS = SessionOptions.defaults();

  @TempDir Path folder;

  private static TensorValue value(List<Integer> shape, Object elements) {
    return new TensorValue(shape, elements);
  }

  private static List<List<TensorValue>> mixedRows() {
    List<List<TensorValue>> rows = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      rows.add(
          List.of(
              value(List.of(3), new float[] {i, -i, 0.5f}),
              value(List.of(), new long[] {100L * i}),
              value(List.of(), new boolean[] {i % 2 == 0}),
              value(List.of(), new String[] {"näme " + i})));
    }
    return rows;
  }

  private static List<TensorValue> mixedAnswer(int i) {
    return List.of(
        value(List.of(3), new float[] {2f * i, 2f * -i, 1}),
        value(List.of(1), new float[] {Math.max(i, 0.5f)}),
        value(List.of(), new long[] {100L * i + 1}),
        value(List.of(), new boolean[] {i % 2 != 0}),
        value(List.of(), new String[] {"näme " + i}),
        value(List.of(), new double[] {100.0 * i}));
  }

  private static List<List<TensorValue>> answers(
      String uri, Model model, List<List<TensorValue>> rows) {
    List<List<TensorValue>> answers = new ArrayList<>();
    try (InferenceSession session = Sessions.open(AcceleratorUri.parsePool(uri), model, OPTIONS);
        MemoryScope scope = MemoryScope.open("raw");
        ArrowBatch batch = TensorRows.of(scope, session.signature().inputs(), rows);
        ArrowBatch answer = requireNonNull(session.infer(batch).block())) {
      assertThat(session.signature())
          .isEqualTo(Sessions.signature(AcceleratorUri.parsePool(uri), model, OPTIONS));
      assertThat(session.digest())
          .isEqualTo(Sessions.digest(AcceleratorUri.parsePool(uri), model, OPTIONS));
      for (int row = 0; row < rows.size(); row++) {
        List<TensorValue> values = new ArrayList<>();
        for (TensorSpec output : session.signature().outputs()) {
          values.add(TensorColumns.value(answer.requireColumn(output.name()), output.type(), row));
        }
        answers.add(values);
      }
    }
    return answers;
  }

  private static void requireMixed(String uri, Model model) {
    List<List<TensorValue>> answers = answers(uri, model, mixedRows());
    for (int i = 0; i < answers.size(); i++) {
      assertThat(answers.get(i)).as(uri).isEqualTo(mixedAnswer(i));
    }
  }

  @Test
  void severalInputsAndOutputsOfAllTypesGoByTheirNames() {
    RawModels.mixed(folder);
    Model model = Models.raw(folder.toString());
    assertThat(Sessions.signature(AcceleratorUri.parse("onnx:cpu"), model, OPTIONS))
        .hasToString(
            "Signature[inputs=[x FLOAT32[?, 3], n INT64[?], flag BOOL[?], name UTF8[?]],"
                + " outputs=[doubled FLOAT32[?, 3], most FLOAT32[?, 1], next INT64[?], not"
                + " BOOL[?], same UTF8[?], wide FLOAT64[?]]]");
    requireMixed("onnx:cpu", model);
    try (TestServer server = TestServer.oip(folder.resolve("model.onnx"), "raw=yes")) {
      String uri = "oip+grpc://" + server.address() + "?model=tiny";
      requireMixed(uri, model);
      requireMixed("oip+grpc://" + server.address(), Models.raw("tiny"));
      requireMixed("onnx:cpu," + uri, model);
    }
  }

  @Test
  void dimensionsThatAreOpenAreThoseOfTheRows() {
    RawModels.ofAnyShape(folder);
    Model model = Models.raw(folder.toString());
    List<List<TensorValue>> rows =
        List.of(
            List.of(value(List.of(2, 3), new int[] {1, 2, 3, 6, 5, 4})),
            List.of(value(List.of(2, 3), new int[] {-1, -2, -3, 0, 0, 9})));
    assertThat(answers("onnx:cpu", model, rows))
        .containsExactly(
            List.of(value(List.of(2), new int[] {3, 6})),
            List.of(value(List.of(2), new int[] {-1, 9})));
  }

  @Test
  void aModelOfOneRowRunsThemAlone() {
    RawModels.ofOneRow(folder);
    Model model = Models.raw(folder.toString());
    List<List<TensorValue>> rows =
        List.of(
            List.of(value(List.of(2), new float[] {1, 2})),
            List.of(value(List.of(2), new float[] {3, 4})));
    List<List<TensorValue>> expected =
        List.of(
            List.of(value(List.of(2), new float[] {2, 4})),
            List.of(value(List.of(2), new float[] {6, 8})));
    assertThat(answers("onnx:cpu", model, rows)).isEqualTo(expected);
    try (TestServer server = TestServer.oip(folder.resolve("model.onnx"), "raw=yes")) {
      String uri = "oip+grpc://" + server.address() + "?model=tiny";
      assertThat(answers(uri, model, rows)).isEqualTo(expected);
    }
  }

  @Test
  void whatDoesNotFitIsTold() {
    RawModels.mixed(folder);
    Model model = Models.raw(folder.toString());
    AcceleratorUri cpu = AcceleratorUri.parse("onnx:cpu");
    assertThatThrownBy(() -> Sessions.open(cpu, model, OPTIONS.withPrecision(Precision.INT8)))
        .hasMessageContaining("is used as it is, so it has no other precision");
    assertThatThrownBy(() -> Sessions.validate(cpu, Models.raw("nowhere")))
        .hasMessageContaining("there is no such folder");
    assertThatThrownBy(() -> Sessions.validate(AcceleratorUri.parse("sim:one"), model))
        .hasMessageContaining("which is for raw");
    ModelFolders.write(folder.resolve("broken"), "model.onnx", "no graph");
    assertThatThrownBy(() -> Models.raw(folder.resolve("broken").toString()))
        .hasMessageContaining("is not an ONNX model");
    try (InferenceSession session = Sessions.open(cpu, model, OPTIONS);
        MemoryScope scope = MemoryScope.open("raw");
        ArrowBatch batch =
            TensorRows.of(
                scope,
                session.signature().inputs().subList(0, 1),
                List.of(List.of(value(List.of(2), new float[] {1, 2}))))) {
      assertThatThrownBy(() -> session.infer(batch).block())
          .isInstanceOfSatisfying(
              AcceleratorException.class,
              wrong -> assertThat(wrong.category()).isEqualTo(Category.INPUT))
          .hasMessageContaining("has the shape [1, 2], and the model takes x FLOAT32[?, 3]");
    }
  }
}
