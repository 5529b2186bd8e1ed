package dev.millrace.jobs.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Texts and their tokens, dealt so that the first n of them, whatever n is, have about the lengths
 * of all: things that are measured on more of them and on fewer can be compared by their rate.
 */
final class Corpus {

  private final List<String> texts;
  private final long[][] tokens;

  private Corpus(List<String> texts, long[][] tokens) {
    this.texts = texts;
    this.tokens = tokens;
  }

  /**
   * Deals the texts.
   *
   * @param texts at least one
   */
  static Corpus deal(List<String> texts, HuggingFaceIds tokenizer) {
    long[][] ids = tokenizer.ids(texts);
    int size = texts.size();
    List<Integer> byLength =
        IntStream.range(0, size)
            .boxed()
            .sorted(Comparator.comparingInt(i -> ids[i].length))
            .toList();
    int step = stride(size);
    List<String> dealt = new ArrayList<>(size);
    long[][] dealtIds = new long[size][];
    for (int i = 0; i < size; i++) {
      int at = byLength.get((int) (((long) i * step + size / 2) % size));
      dealt.add(texts.get(at));
      dealtIds[i] = ids[at];
    }
    return new Corpus(dealt, dealtIds);
  }

  /** Near the golden section, which spreads the steps most evenly, and with no common divisor. */
  private static int stride(int size) {
    int step = (int) Math.max(1, Math.round(size * (Math.sqrt(5) - 1) / 2));
    while (gcd(step, size) > 1) {
      step++;
    }
    return step;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  int size() {
    return texts.size();
  }

  /** The first so many texts; after the last comes the first again. */
  List<String> first(int count) {
    List<String> first = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      first.add(texts.get(i % texts.size()));
    }
    return first;
  }

  /**
   * So many texts, none of them twice: after the last comes the first again, with a number behind
   * it.
   */
  List<String> distinct(int count) {
    List<String> distinct = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String text = texts.get(i % texts.size());
      int before = i / texts.size();
      distinct.add(before == 0 ? text : text + " " + before);
    }
    return distinct;
  }

  /** The tokens of {@link #first}. */
  long[][] firstTokens(int count) {
    long[][] first = new long[count][];
    for (int i = 0; i < count; i++) {
      first[i] = tokens[i % tokens.length];
    }
    return first;
  }

  double meanTokens() {
    long all = 0;
    for (long[] ids : tokens) {
      all += ids.length;
    }
    return (double) all / tokens.length;
  }
}
