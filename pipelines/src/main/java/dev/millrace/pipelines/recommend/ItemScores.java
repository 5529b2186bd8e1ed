package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A score for some of a catalogue's items, and which of what a person bought lately it is due to.
 * Used over and over: to begin anew costs nothing.
 */
final class ItemScores {
  private static final int FEW = 1024;

  private double[] scores = new double[FEW];
  private double[] most = new double[FEW];
  private short[] dueTo = new short[FEW];
  private int[] rounds = new int[FEW];
  private int round;
  private final List<KnownItem> items = new ArrayList<>();

  /** Forgets all items. */
  void begin() {
    round++;
    items.clear();
  }

  /** Adds to an item's score; it is due to whatever added most, and of equals to the first. */
  void add(KnownItem item, double part, short bought) {
    int number = enter(item);
    scores[number] += part;
    if (part > most[number]) {
      most[number] = part;
      dueTo[number] = bought;
    }
  }

  /** Makes an item's score at least this. */
  void raise(KnownItem item, double score, short bought) {
    boolean isNew = !has(item);
    int number = enter(item);
    if (isNew || score > scores[number]) {
      scores[number] = score;
      dueTo[number] = bought;
    }
  }

  private int enter(KnownItem item) {
    int number = item.number;
    if (number >= rounds.length) {
      int length = Math.max(number + 1, rounds.length + rounds.length / 2);
      scores = Arrays.copyOf(scores, length);
      most = Arrays.copyOf(most, length);
      dueTo = Arrays.copyOf(dueTo, length);
      rounds = Arrays.copyOf(rounds, length);
    }
    if (rounds[number] != round) {
      rounds[number] = round;
      scores[number] = 0;
      most[number] = 0;
      dueTo[number] = Slate.NONE;
      items.add(item);
    }
    return number;
  }

  /** How many items have a score. */
  int size() {
    return items.size();
  }

  /** One of those that have a score, in the order in which they came. */
  KnownItem item(int index) {
    return items.get(index);
  }

  boolean has(KnownItem item) {
    return item.number < rounds.length && rounds[item.number] == round;
  }

  /** 0 where there is none. */
  double of(KnownItem item) {
    return has(item) ? scores[item.number] : 0;
  }

  /** {@link Slate#NONE} where there is none. */
  short dueTo(KnownItem item) {
    return has(item) ? dueTo[item.number] : Slate.NONE;
  }

  /** Divides the score of an item that has one. */
  void divide(KnownItem item, double by) {
    scores[item.number] /= by;
  }
}
