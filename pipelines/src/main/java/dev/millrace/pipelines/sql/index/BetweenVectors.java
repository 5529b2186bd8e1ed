package dev.millrace.pipelines.sql.index;

import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.apache.lucene.util.hnsw.RandomVectorScorer;
import org.apache.lucene.util.hnsw.RandomVectorScorerSupplier;

/**
 * How near the vectors of a graph are to each other, while it is built. Used by one thread; another
 * takes a {@link #copy}.
 */
final class BetweenVectors implements RandomVectorScorerSupplier {

  /** So many vectors are at hand: those whose links are being chosen are asked for repeatedly. */
  private static final int AT_HAND = 64;

  private final GraphVectors vectors;
  private final BooleanSupplier stopped;
  private final float[][] atHand;
  private final int[] whose = new int[AT_HAND];
  private final float[] other;

  /**
   * @param stopped asked for each vector; ends the building with a {@link CancellationException}
   */
  BetweenVectors(GraphVectors vectors, BooleanSupplier stopped) {
    this.vectors = vectors;
    this.stopped = stopped;
    this.atHand = new float[AT_HAND][vectors.dimension()];
    this.other = new float[vectors.dimension()];
    Arrays.fill(whose, -1);
  }

  @Override
  public RandomVectorScorer scorer(int number) {
    if (stopped.getAsBoolean()) {
      throw new CancellationException("The graph is not wanted any longer.");
    }
    return new Scorer(number);
  }

  @Override
  public RandomVectorScorerSupplier copy() {
    return new BetweenVectors(vectors, stopped);
  }

  private float[] vector(int number) {
    int place = number % AT_HAND;
    if (whose[place] != number) {
      vectors.copyTo(number, atHand[place]);
      whose[place] = number;
    }
    return atHand[place];
  }

  private final class Scorer implements RandomVectorScorer {

    private final int number;
    private final float scale;

    Scorer(int number) {
      this.number = number;
      this.scale = vectors.scale(number);
    }

    @Override
    public float score(int node) {
      vectors.copyTo(node, other);
      return GraphVectors.product(vector(number), other) * scale * vectors.scale(node);
    }

    @Override
    public int maxOrd() {
      return vectors.size();
    }
  }
}
