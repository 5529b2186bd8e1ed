package dev.millrace.pipelines.recommend;

import java.util.Arrays;

/** Items by number, with a cosine each, that grow one by one. */
final class NumbersWithCosines {
  private static final int FEW = 8;

  private int[] numbers = new int[FEW];
  private float[] cosines = new float[FEW];
  private int size;

  void add(int number, float cosine) {
    if (size == numbers.length) {
      numbers = Arrays.copyOf(numbers, 2 * size);
      cosines = Arrays.copyOf(cosines, 2 * size);
    }
    numbers[size] = number;
    cosines[size] = cosine;
    size++;
  }

  int[] numbers() {
    return Arrays.copyOf(numbers, size);
  }

  float[] cosines() {
    return Arrays.copyOf(cosines, size);
  }
}
