package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.TextColumns;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One thread's way through one batch: views of the batch's memory with positions of their own, and
 * maps that each run fills anew. For one thread.
 */
final class Lane {

  private final LoadedGraph graph;
  private final RunListener listener;
  private final TokenBatch batch;
  private final ByteBuffer ids;
  private final ByteBuffer mask;
  private final @Nullable ByteBuffer types;
  private final boolean sharedZeros;
  private final ByteBuffer output;
  private final Map<String, OnnxTensor> inputs = new HashMap<>(8);
  private final Map<String, OnnxTensor> outputs = new HashMap<>(2);

  /**
   * @param zeros what to read as token types where the batch has none; null if the model takes none
   * @param output the memory of the batch's embedding column
   */
  Lane(
      LoadedGraph graph,
      RunListener listener,
      TokenBatch batch,
      @Nullable ByteBuffer zeros,
      ByteBuffer output) {
    this.graph = graph;
    this.listener = listener;
    this.batch = batch;
    this.ids = own(batch.ids());
    this.mask = own(batch.mask());
    ByteBuffer given = graph.takesTokenTypes() ? batch.tokenTypes() : null;
    this.sharedZeros = given == null;
    ByteBuffer source = given == null ? zeros : given;
    this.types = source == null ? null : own(source);
    this.output = own(output);
  }

  /** Runs all rows as one tensor, padding and all. */
  void runTogether() throws OrtException {
    run(0, batch.rows(), batch.width());
  }

  /** Runs one row by itself, without its padding: its first tokens lie together. */
  void runAlone(int row) throws OrtException {
    run(row, 1, batch.tokens(row));
  }

  private void run(int firstRow, int rows, int tokens) throws OrtException {
    long[] shape = {rows, tokens};
    int from = firstRow * batch.width() * Long.BYTES;
    int length = rows * tokens * Long.BYTES;
    int outputFrom = firstRow * graph.dimensions() * Float.BYTES;
    int outputLength = rows * graph.dimensions() * Float.BYTES;
    try (OnnxTensor idTensor = tensor(ids, from, length, shape);
        OnnxTensor maskTensor = tensor(mask, from, length, shape);
        OnnxTensor typeTensor =
            types == null ? null : tensor(types, sharedZeros ? 0 : from, length, shape);
        OnnxTensor pinned =
            OnnxTensor.createTensor(
                graph.environment(),
                slice(output, outputFrom, outputLength),
                new long[] {rows, graph.dimensions()},
                OnnxJavaType.FLOAT)) {
      inputs.put(TextColumns.INPUT_IDS, idTensor);
      inputs.put(TextColumns.ATTENTION_MASK, maskTensor);
      if (typeTensor != null) {
        inputs.put(TextColumns.TOKEN_TYPE_IDS, typeTensor);
      }
      outputs.put(graph.outputName(), pinned);
      listener.running(inputs, outputs);
      // What it holds is the pinned tensor, which it does not own.
      graph.session().run(inputs, Set.of(), outputs, null).close();
    }
    requireFinite(firstRow, rows, outputFrom, outputLength);
  }

  private void requireFinite(int firstRow, int rows, int from, int length) {
    output.clear();
    int first = FiniteCheck.firstNotFinite(output, from, length);
    if (first >= 0) {
      int at = from + first * Float.BYTES;
      throw new AcceleratorException(
          Category.OUTPUT,
          "the answer for row "
              + at / Float.BYTES / graph.dimensions()
              + " holds "
              + output.getFloat(at)
              + (rows == 1 ? "" : ", in a run of rows " + firstRow + " to " + (rows - 1))
              + ". Is the model's precision fit for this accelerator?");
    }
  }

  private OnnxTensor tensor(ByteBuffer memory, int from, int length, long[] shape)
      throws OrtException {
    return OnnxTensor.createTensor(
        graph.environment(), slice(memory, from, length), shape, OnnxJavaType.INT64);
  }

  /** The same buffer with its window moved: the runtime takes the window's address at once. */
  private static ByteBuffer slice(ByteBuffer memory, int from, int length) {
    return memory.clear().position(from).limit(from + length);
  }

  private static ByteBuffer own(ByteBuffer shared) {
    return shared.duplicate().order(ByteOrder.nativeOrder());
  }
}
