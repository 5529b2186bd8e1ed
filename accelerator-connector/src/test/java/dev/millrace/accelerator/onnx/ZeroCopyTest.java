package dev.millrace.accelerator.onnx;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.BatchInvariance;
import dev.millrace.accelerator.GraphPreparation;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.TextColumns;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the runtime reads is the batch's memory, and what it writes is the answer's. */
class ZeroCopyTest {

  private static final List<long[]> ROWS =
      List.of(new long[] {1, 2, 3}, new long[] {2}, new long[] {3, 1});

  private static final int WIDTH = 3;

  @TempDir Path folder;

  /** One run: where each of its tensors lay. */
  private record Seen(Map<String, Long> inputs, long output) {}

  private final ConcurrentLinkedQueue<Seen> seen = new ConcurrentLinkedQueue<>();

  @Test
  void readsAndWritesTheBatchWhereItLies() {
    ModelFolders.of(folder, TinyModel.of(13));
    try (OnnxSession session = open(folder.toString(), BatchInvariance.STRICT);
        MemoryScope scope = MemoryScope.open("test");
        ArrowBatch batch = TokenBatches.of(scope, ROWS);
        ArrowBatch answer = session.infer(batch).block()) {
      requireNonNull(answer);
      assertThat(seen).hasSize(1);
      Seen run = requireNonNull(seen.peek());
      assertThat(run.inputs().get(TextColumns.INPUT_IDS))
          .isEqualTo(address(batch, TextColumns.INPUT_IDS));
      assertThat(run.inputs().get(TextColumns.ATTENTION_MASK))
          .isEqualTo(address(batch, TextColumns.ATTENTION_MASK));
      assertThat(run.output()).isEqualTo(address(answer, TextColumns.EMBEDDING));
      assertThat(run.output() % 64).isZero();
      assertThat(address(answer, TextColumns.INPUT_IDS))
          .as("columns of the batch are shared with the answer")
          .isEqualTo(address(batch, TextColumns.INPUT_IDS));
      // And it did write there: no one else did.
      assertThat(Vectors.of(answer).get(1)).containsExactly(3, -4, 0);
    }
  }

  @Test
  void runsRowsAloneInTheirOwnPlaces() {
    try (OnnxSession session = open("minilm", BatchInvariance.STRICT);
        MemoryScope scope = MemoryScope.open("test");
        ArrowBatch batch = TokenBatches.of(scope, ROWS);
        ArrowBatch answer = session.infer(batch).block()) {
      requireNonNull(answer);
      assertThat(session.runsRowsAlone()).isTrue();
      int dimensions =
          ((FixedSizeListVector) answer.requireColumn(TextColumns.EMBEDDING)).getListSize();
      Map<Long, Long> outputByInput = new TreeMap<>();
      for (Seen run : seen) {
        outputByInput.put(requireNonNull(run.inputs().get(TextColumns.INPUT_IDS)), run.output());
      }
      Map<Long, Long> expected = new TreeMap<>();
      for (int row = 0; row < ROWS.size(); row++) {
        expected.put(
            address(batch, TextColumns.INPUT_IDS) + (long) row * WIDTH * Long.BYTES,
            address(answer, TextColumns.EMBEDDING) + (long) row * dimensions * Float.BYTES);
      }
      assertThat(outputByInput).isEqualTo(expected);
      Set<Long> types =
          seen.stream()
              .map(run -> requireNonNull(run.inputs().get(TextColumns.TOKEN_TYPE_IDS)))
              .collect(Collectors.toSet());
      assertThat(types).as("all rows read the same zeros").hasSize(1);
      Set<Long> masks =
          seen.stream()
              .map(run -> requireNonNull(run.inputs().get(TextColumns.ATTENTION_MASK)))
              .collect(Collectors.toSet());
      assertThat(masks)
          .as("all rows read the same ones")
          .hasSize(1)
          .doesNotContainAnyElementsOf(types);
      assertThat(masks).allMatch(mask -> mask % 64 == 0);
    }
  }

  @Test
  void readsTokenTypesOfTheBatch() {
    try (OnnxSession session = open("minilm", BatchInvariance.RELAXED);
        MemoryScope scope = MemoryScope.open("test");
        ArrowBatch plain = TokenBatches.of(scope, ROWS);
        ArrowBatch batch =
            plain.withColumns(
                scope,
                List.of(
                    TokenBatches.lists(
                        scope.allocator(), TextColumns.TOKEN_TYPE_IDS, ROWS, WIDTH)))) {
      // The ids of the tiny rows are no token types, so the model refuses them: it did read them.
      assertThatThrownBy(() -> session.infer(batch).block()).hasMessageContaining("Gather");
      assertThat(requireNonNull(seen.peek()).inputs().get(TextColumns.TOKEN_TYPE_IDS))
          .isEqualTo(address(batch, TextColumns.TOKEN_TYPE_IDS));
    }
  }

  private OnnxSession open(String model, BatchInvariance invariance) {
    return new OnnxConnector()
        .open(
            AcceleratorUri.parse("onnx:cpu"),
            Models.resolve(model),
            SessionOptions.defaults()
                .withPreparation(GraphPreparation.AS_SHIPPED)
                .withBatchInvariance(invariance)
                .withParallelism(2),
            (inputs, outputs) ->
                seen.add(
                    new Seen(
                        inputs.entrySet().stream()
                            .collect(
                                Collectors.toMap(Map.Entry::getKey, e -> address(e.getValue()))),
                        address(outputs.values().iterator().next()))));
  }

  private static long address(OnnxTensor tensor) {
    assertThat(tensor.ownsBuffer()).as("the runtime made a copy").isFalse();
    ByteBuffer buffer = (ByteBuffer) tensor.getBufferRef().orElseThrow();
    return MemoryUtil.getByteBufferAddress(buffer) + buffer.position();
  }

  private static long address(ArrowBatch batch, String column) {
    return ((FixedSizeListVector) batch.requireColumn(column))
        .getDataVector()
        .getDataBuffer()
        .memoryAddress();
  }
}
