package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.embedding.FiniteCheck;
import dev.millrace.accelerator.embedding.TokenBatch;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.ArrowBuf;
import org.jspecify.annotations.Nullable;

/** What a thread needs to run rows; used again for other batches. For one thread at a time. */
final class Lane implements AutoCloseable {

  private final LoadedGraph graph;
  private final RunListener listener;
  private final TensorCache tensors;
  private final FiniteCheck check = new FiniteCheck();

  /** The names are the same in each run, so the entries of the last one are overwritten. */
  private final Map<String, OnnxTensor> inputs = new HashMap<>(8);

  private final Map<String, OnnxTensor> outputs = new HashMap<>(2);

  Lane(LoadedGraph graph, RunListener listener) {
    this.graph = graph;
    this.listener = listener;
    this.tensors = new TensorCache(graph.environment());
  }

  /**
   * Runs all rows as one tensor, padding and all.
   *
   * @param zeros what to read as token types where the batch has none; null if the model takes none
   * @param output the memory of the batch's column of answers
   */
  void runTogether(TokenBatch batch, @Nullable ArrowBuf zeros, ArrowBuf output)
      throws OrtException {
    run(batch, batch.mask(), zeros, output, 0, batch.rows(), batch.width());
  }

  /**
   * Runs one row by itself, without its padding: its first tokens lie together.
   *
   * @param ones the mask of any row without padding, in one place for all
   */
  void runAlone(TokenBatch batch, ArrowBuf ones, @Nullable ArrowBuf zeros, ArrowBuf output, int row)
      throws OrtException {
    run(batch, ones, zeros, output, row, 1, batch.tokens(row));
  }

  private void run(
      TokenBatch batch,
      ArrowBuf mask,
      @Nullable ArrowBuf zeros,
      ArrowBuf output,
      int firstRow,
      int rows,
      int tokens)
      throws OrtException {
    long from = (long) firstRow * batch.width() * Long.BYTES;
    inputs.put(TextColumns.INPUT_IDS, tensor(batch.ids(), from, rows, tokens));
    inputs.put(TextColumns.ATTENTION_MASK, tensor(mask, 0, rows, tokens));
    if (graph.takesTokenTypes()) {
      ArrowBuf given = batch.tokenTypes();
      if (given != null) {
        inputs.put(TextColumns.TOKEN_TYPE_IDS, tensor(given, from, rows, tokens));
      } else if (zeros != null) {
        inputs.put(TextColumns.TOKEN_TYPE_IDS, tensor(zeros, 0, rows, tokens));
      }
    }
    int numbers = graph.numbers(tokens);
    TensorCache.Entry pinned =
        tensors.get(
            output,
            (long) firstRow * graph.numbers(batch.width()) * Float.BYTES,
            rows,
            numbers,
            OnnxJavaType.FLOAT);
    outputs.put(graph.outputName(), pinned.tensor());
    listener.running(inputs, outputs);
    try {
      // What it holds is the pinned tensor, which it does not own.
      graph.session().run(inputs, Set.of(), outputs, null).close();
    } finally {
      tensors.endRun();
    }
    requireFinite(pinned, firstRow, rows, numbers);
  }

  private void requireFinite(TensorCache.Entry answer, int firstRow, int rows, int numbers) {
    int first = check.firstNotFinite(answer.words());
    if (first >= 0) {
      throw new AcceleratorException(
          Category.OUTPUT,
          "the answer for row "
              + (firstRow + first / numbers)
              + " holds "
              + Float.intBitsToFloat(answer.words().get(first))
              + (rows == 1 ? "" : ", in a run of rows " + firstRow + " to " + (rows - 1))
              + ". Is the model's precision fit for this accelerator?");
    }
  }

  private OnnxTensor tensor(ArrowBuf memory, long from, int rows, int tokens) throws OrtException {
    return tensors.get(memory, from, rows, tokens, OnnxJavaType.INT64).tensor();
  }

  @Override
  public void close() {
    tensors.close();
  }
}
