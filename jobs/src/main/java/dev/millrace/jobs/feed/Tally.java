package dev.millrace.jobs.feed;

import java.io.Serializable;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Objects;

/**
 * Amounts by {@link Figure}. It travels as what was added since the last one, and is kept as the
 * total. A Flink POJO, hence the public field; counts are exact up to 2^53.
 */
public final class Tally implements Serializable {

  private static final long serialVersionUID = 1L;

  private static final EnumMap<Figure, Integer> PLACES = new EnumMap<>(Figure.class);

  static {
    for (Figure figure : Figure.values()) {
      PLACES.put(figure, PLACES.size());
    }
  }

  /** The amounts, in the order of the figures. */
  public double[] amounts = new double[Figure.values().length];

  /** One of a figure. */
  public static Tally of(Figure figure) {
    Tally tally = new Tally();
    tally.add(figure, 1);
    return tally;
  }

  public void add(Figure figure, double amount) {
    amounts[place(figure)] += amount;
  }

  public void add(Tally other) {
    for (int i = 0; i < other.amounts.length; i++) {
      amounts[i] += other.amounts[i];
    }
  }

  public double get(Figure figure) {
    return amounts[place(figure)];
  }

  public long count(Figure figure) {
    return Math.round(get(figure));
  }

  private static int place(Figure figure) {
    return Objects.requireNonNull(PLACES.get(figure));
  }

  boolean isEmpty() {
    return Arrays.stream(amounts).allMatch(amount -> amount == 0);
  }

  Tally copy() {
    Tally copy = new Tally();
    copy.add(this);
    return copy;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("Tally");
    for (Figure figure : Figure.values()) {
      if (get(figure) != 0) {
        text.append(' ').append(figure).append('=').append(get(figure));
      }
    }
    return text.toString();
  }
}
