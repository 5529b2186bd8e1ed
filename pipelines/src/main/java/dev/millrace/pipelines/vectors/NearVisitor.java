package dev.millrace.pipelines.vectors;

/** Is shown vectors that are near to one. */
@FunctionalInterface
public interface NearVisitor {

  /**
   * Is shown one.
   *
   * @param number of the vector
   * @param product its inner product with the one that it is near to
   */
  void accept(int number, float product);
}
