package dev.millrace.jobs.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

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

  /**
   * So many texts, none of them twice: one that comes again has other letters in upper case, which
   * a model without case does not see, so it has the same tokens. A text without letters enough
   * comes no more.
   */
  List<String> recased(int count) {
    Set<String> recased = new LinkedHashSet<>();
    for (int variant = 0; recased.size() < count; variant++) {
      int before = recased.size();
      for (int i = 0; i < texts.size() && recased.size() < count; i++) {
        String text = recased(texts.get(i), variant);
        if (text != null) {
          recased.add(text);
        }
      }
      if (recased.size() == before) {
        throw new IllegalArgumentException(
            "The texts have too few letters to make " + count + " different ones of them.");
      }
    }
    return List.copyOf(recased);
  }

  /** With the case of those letters changed that are one in a number's binary form, or null. */
  private static @Nullable String recased(String text, int variant) {
    StringBuilder recased = new StringBuilder(text);
    int bits = variant;
    for (int i = 0; i < text.length() && bits != 0; i++) {
      char letter = text.charAt(i);
      if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')) {
        // Upper and lower case of ASCII are one bit apart.
        recased.setCharAt(i, (char) (letter ^ ((bits & 1) << 5)));
        bits >>>= 1;
      }
    }
    return bits == 0 ? recased.toString() : null;
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
