package dev.millrace.accelerator.embedding;

import dev.millrace.accelerator.Model.Pooling;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;

/**
 * Makes one vector of each row's token vectors, for answers of servers that do not. It computes
 * what sentence-transformers does.
 */
public final class TokenPooling {

  private final Pooling pooling;
  private final int dimensions;
  private final float[] token;
  private final double[] sum;

  /** For one thread. */
  public TokenPooling(Pooling pooling, int dimensions) {
    this.pooling = pooling;
    this.dimensions = dimensions;
    this.token = new float[dimensions];
    this.sum = new double[dimensions];
  }

  /**
   * Pools rows.
   *
   * @param hidden the token vectors, {@code [rows, tokens, dimensions]} float32
   * @param batch whose mask says which tokens count
   * @param firstRow the row of the batch that the first of {@code hidden} is
   * @param tokens of each row in {@code hidden}, at most the batch's width
   * @param into the embedding column's memory, from its first row on
   */
  public void pool(
      ArrowBuf hidden, TokenBatch batch, int firstRow, int rows, int tokens, ArrowBuf into) {
    FloatBuffer vectors = RowVectors.floats(hidden, 0, rows * tokens, dimensions);
    FloatBuffer pooled = RowVectors.floats(into, firstRow, rows, dimensions);
    LongBuffer mask =
        batch
            .mask()
            .nioBuffer(
                (long) firstRow * batch.width() * Long.BYTES, rows * batch.width() * Long.BYTES)
            .order(ByteOrder.nativeOrder())
            .asLongBuffer();
    for (int row = 0; row < rows; row++) {
      poolRow(vectors, row * tokens, tokens, mask, row * batch.width());
      pooled.put(row * dimensions, token);
    }
  }

  /** Leaves the row's vector in {@link #token}. */
  private void poolRow(
      FloatBuffer vectors, int firstToken, int tokens, LongBuffer mask, int firstMask) {
    if (pooling == Pooling.CLS) {
      vectors.get(firstToken * dimensions, token);
      return;
    }
    int counted = 0;
    Arrays.fill(sum, pooling == Pooling.MAX ? Double.NEGATIVE_INFINITY : 0);
    for (int i = 0; i < tokens; i++) {
      if (mask.get(firstMask + i) == 0) {
        continue;
      }
      counted++;
      vectors.get((firstToken + i) * dimensions, token);
      // Math.max lets NaN win, so that it is found.
      for (int d = 0; d < dimensions; d++) {
        sum[d] = pooling == Pooling.MAX ? Math.max(sum[d], token[d]) : sum[d] + token[d];
      }
    }
    double divisor = pooling == Pooling.MEAN ? Math.max(1, counted) : 1;
    for (int d = 0; d < dimensions; d++) {
      token[d] = (float) (sum[d] / divisor);
    }
  }
}
