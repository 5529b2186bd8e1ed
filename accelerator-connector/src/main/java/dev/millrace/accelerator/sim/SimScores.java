package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.Model.Activation;
import dev.millrace.accelerator.embedding.RowScores;
import dev.millrace.accelerator.embedding.TokenBatch;
import java.util.HashSet;
import java.util.Set;
import org.apache.arrow.memory.ArrowBuf;

/**
 * Scores made of token ids: each id is for and against labels by its hash. Of a pair the part of
 * the second text's tokens that the first one has, too, counts most. So a row's scores depend on
 * the row alone, and devices of one seed agree. For one thread at a time.
 */
final class SimScores implements SimRows {

  /** How sure it is: the spread of its numbers before the activation. */
  private static final double SPREAD = 2;

  /** From no token in common to all of them. */
  private static final double OF_COMMON_TOKENS = 8;

  /** What chance has left to say of a pair. */
  private static final double CHANCE_OF_PAIRS = 0.1;

  private final long seed;
  private final int labels;
  private final Activation activation;
  private final Set<Long> first = new HashSet<>();

  SimScores(long seed, int labels, Activation activation) {
    this.seed = seed;
    this.labels = labels;
    this.activation = activation;
  }

  @Override
  public void write(TokenBatch batch, ArrowBuf output) {
    for (int row = 0; row < batch.rows(); row++) {
      double common = common(batch, row);
      for (int label = 0; label < labels; label++) {
        double number = opinion(batch, row, label);
        if (common >= 0) {
          number = number * CHANCE_OF_PAIRS + (common - 0.5) * OF_COMMON_TOKENS;
        }
        output.setFloat(((long) row * labels + label) * Float.BYTES, (float) number);
      }
    }
    RowScores.activate(output, 0, batch.rows(), labels, activation);
  }

  private double opinion(TokenBatch batch, int row, int label) {
    double sum = 0;
    for (int token = 0; token < batch.tokens(row); token++) {
      long hash =
          SimVectors.mix(
              SimVectors.mix(seed + label * 0x9E3779B97F4A7C15L) + id(batch, row, token));
      // From -1 to 1; the spread of such numbers is the root of a third.
      sum += (double) hash / Long.MAX_VALUE;
    }
    return SPREAD * Math.sqrt(3.0 / batch.tokens(row)) * sum;
  }

  /** The part of the second text's tokens that the first has; -1 if the row is no pair. */
  private double common(TokenBatch batch, int row) {
    ArrowBuf types = batch.tokenTypes();
    if (types == null) {
      return -1;
    }
    first.clear();
    int seconds = 0;
    int shared = 0;
    for (int token = 0; token < batch.tokens(row); token++) {
      long id = id(batch, row, token);
      if (types.getLong(place(batch, row, token)) == 0) {
        first.add(id);
      } else {
        seconds++;
        shared += first.contains(id) ? 1 : 0;
      }
    }
    return seconds == 0 ? -1 : (double) shared / seconds;
  }

  private static long id(TokenBatch batch, int row, int token) {
    return batch.ids().getLong(place(batch, row, token));
  }

  private static long place(TokenBatch batch, int row, int token) {
    return ((long) row * batch.width() + token) * Long.BYTES;
  }
}
