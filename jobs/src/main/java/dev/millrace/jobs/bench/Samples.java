package dev.millrace.jobs.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What one thing measured in each round, in the order of the rounds. */
final class Samples {

  private final List<Double> values = new ArrayList<>();

  Samples(double... values) {
    Arrays.stream(values).forEach(this::add);
  }

  void add(double value) {
    values.add(value);
  }

  int count() {
    return values.size();
  }

  double median() {
    return medianOf(values);
  }

  /** The range as a share of the median; 0 for a median of 0. */
  double spread() {
    double most = values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    double least = values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    double median = median();
    return median == 0 ? 0 : (most - least) / Math.abs(median);
  }

  /**
   * The median of the rounds' ratios to another's. What disturbs a whole round disturbs both, and
   * is gone from the ratio; what disturbs one of the two counts in that round only.
   */
  double ratioTo(Samples other) {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < Math.min(count(), other.count()); round++) {
      ratios.add(values.get(round) / other.values.get(round));
    }
    return medianOf(ratios);
  }

  private static double medianOf(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalStateException("Nothing was measured, so there is no median.");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The value below which that share of all lie, from 0 to 1. */
  static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int index = (int) Math.ceil(share * sorted.length) - 1;
    return sorted[Math.max(0, Math.min(sorted.length - 1, index))];
  }
}
