package dev.millrace.pipelines.sql.index;

import dev.millrace.pipelines.vectors.VectorBlocks;

/**
 * The vectors of a graph, and how near two of them are: by their cosine, or by their inner product.
 *
 * <p>Read by any number of threads.
 */
final class GraphVectors {

  private final VectorBlocks vectors;
  private final DistinctVectors distinct;

  /** By item: what a product is multiplied with. */
  private final float[] scales;

  /**
   * @param scales what a product with an item's vector is multiplied with, by item
   */
  GraphVectors(VectorBlocks vectors, DistinctVectors distinct, float[] scales) {
    this.vectors = vectors;
    this.distinct = distinct;
    this.scales = scales;
  }

  int size() {
    return distinct.size();
  }

  int dimension() {
    return vectors.dimension();
  }

  void copyTo(int number, float[] target) {
    vectors.copyVector(distinct.first(number), target);
  }

  /** What a product with a vector is multiplied with. */
  float scale(int number) {
    return scales[distinct.first(number)];
  }

  /** Several sums side by side, since each addition waits for the one before it. */
  static float product(float[] a, float[] b) {
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    int i = 0;
    for (; i + 4 <= a.length; i += 4) {
      sum0 += a[i] * b[i];
      sum1 += a[i + 1] * b[i + 1];
      sum2 += a[i + 2] * b[i + 2];
      sum3 += a[i + 3] * b[i + 3];
    }
    for (; i < a.length; i++) {
      sum0 += a[i] * b[i];
    }
    return (sum0 + sum1) + (sum2 + sum3);
  }
}
