package dev.millrace.jobs.bench;

import java.util.List;

/** What a tokeniser does on one core: by the processor time of the whole process. */
final class TokeniserRate {

  private static final int AT_ONCE = 64;
  private static final int BETWEEN_LOOKS = 8;

  private TokeniserRate() {}

  /** Texts a second a core of ours. */
  static double of(TextTokeniser tokeniser, List<String> texts, double seconds) {
    return measure(
        texts,
        seconds,
        some -> {
          int ids = 0;
          for (String text : some) {
            ids += tokeniser.encode(text);
          }
          return ids;
        });
  }

  /** Texts a second a core of Hugging Face's library, which is given many at once. */
  static double of(HuggingFaceIds tokeniser, List<String> texts, double seconds) {
    return measure(
        texts,
        seconds,
        some -> {
          int ids = 0;
          for (long[] of : tokeniser.ids(some)) {
            ids += of.length;
          }
          return ids;
        });
  }

  private interface Encoder {
    int encode(List<String> texts);
  }

  private static double measure(List<String> texts, double seconds, Encoder encoder) {
    long began = Usage.processCpuNanos();
    long ends = System.nanoTime() + (long) (seconds * 1e9);
    long done = 0;
    long ids = 0;
    int at = 0;
    while (System.nanoTime() < ends) {
      for (int look = 0; look < BETWEEN_LOOKS; look++) {
        List<String> some = texts.subList(at, Math.min(texts.size(), at + AT_ONCE));
        ids += encoder.encode(some);
        done += some.size();
        at = at + AT_ONCE < texts.size() ? at + AT_ONCE : 0;
      }
    }
    if (ids < done) {
      throw new IllegalStateException(
          done + " texts have " + ids + " ids. Each has at least one: something is wrong.");
    }
    return done / ((Usage.processCpuNanos() - began) / 1e9);
  }
}
