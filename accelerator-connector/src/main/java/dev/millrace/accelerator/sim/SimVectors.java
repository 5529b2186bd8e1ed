package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.embedding.TokenBatch;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;

/**
 * Vectors made of token ids: each id adds to a few dimensions that its hash picks, and the sum is
 * scaled to length 1. So a row's vector depends on the row alone, rows that share tokens are near
 * to each other, and devices of one seed agree to the last bit. For one thread at a time.
 */
final class SimVectors implements SimRows {

  private static final int MARKS_A_TOKEN = 8;

  private final long seed;
  private final int dimensions;
  private final float[] vector;

  SimVectors(long seed, int dimensions) {
    this.seed = seed;
    this.dimensions = dimensions;
    this.vector = new float[dimensions];
  }

  @Override
  public void write(TokenBatch batch, ArrowBuf output) {
    for (int row = 0; row < batch.rows(); row++) {
      Arrays.fill(vector, 0);
      long from = (long) row * batch.width() * Long.BYTES;
      for (int token = 0; token < batch.tokens(row); token++) {
        add(batch.ids().getLong(from + (long) token * Long.BYTES));
      }
      writeNormalised(output, (long) row * dimensions * Float.BYTES);
    }
  }

  private void add(long id) {
    long hash = mix(seed * 0x9E3779B97F4A7C15L + id);
    for (int mark = 0; mark < MARKS_A_TOKEN; mark++) {
      hash = mix(hash + mark);
      vector[(int) Long.remainderUnsigned(hash >>> 1, dimensions)] += (hash & 1) == 0 ? 1 : -1;
    }
  }

  private void writeNormalised(ArrowBuf output, long offset) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    if (squares == 0) {
      vector[0] = 1;
      squares = 1;
    }
    float scale = (float) (1 / Math.sqrt(squares));
    for (int i = 0; i < dimensions; i++) {
      output.setFloat(offset + (long) i * Float.BYTES, vector[i] * scale);
    }
  }

  /** The finaliser of SplitMix64: every bit of the input moves half of the output's. */
  static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
