package dev.millrace.jobs.bench;

import java.io.Serializable;
import java.util.Random;

/**
 * Made-up vectors that lie as embeddings of a shop's titles do: around many centres, and in far
 * fewer directions than they have numbers. Each is always the same.
 */
final class ClusteredVectors implements Serializable {

  private static final long serialVersionUID = 1L;

  static final int DIMENSIONS = 384;

  private static final long SEED = 20261130;
  private static final int CENTRES = 2_000;
  private static final int DIRECTIONS = 32;

  /** Of a vector around its centre, whose length in each direction is about one. */
  private static final double SPREAD = 0.7;

  /** In all directions, of a vector's length about a tenth. */
  private static final double NOISE = 0.1;

  private final float[][] directions = new float[DIRECTIONS][DIMENSIONS];
  private final float[][] centres = new float[CENTRES][DIRECTIONS];

  ClusteredVectors() {
    Random random = new Random(SEED);
    fill(directions, random, 1 / Math.sqrt(DIMENSIONS));
    fill(centres, random, 1);
  }

  private static void fill(float[][] vectors, Random random, double scale) {
    for (float[] vector : vectors) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) (scale * random.nextGaussian());
      }
    }
  }

  /** The vector of a number, which may be any. */
  float[] of(long number) {
    Random random = new Random(SEED ^ (number * 0x9E3779B97F4A7C15L));
    float[] centre = centres[random.nextInt(CENTRES)];
    float[] vector = new float[DIMENSIONS];
    for (int direction = 0; direction < DIRECTIONS; direction++) {
      float length = (float) (centre[direction] + SPREAD * random.nextGaussian());
      for (int i = 0; i < DIMENSIONS; i++) {
        vector[i] += length * directions[direction][i];
      }
    }
    double noise = NOISE * Math.sqrt((1 + SPREAD * SPREAD) * DIRECTIONS / DIMENSIONS);
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] += (float) (noise * random.nextGaussian());
    }
    return vector;
  }
}
