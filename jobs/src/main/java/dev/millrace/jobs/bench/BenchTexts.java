package dev.millrace.jobs.bench;

import dev.millrace.accelerator.Model;
import dev.millrace.jobs.bench.BenchSettings.Source;
import dev.millrace.jobs.input.CsvColumn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * What is measured on.
 *
 * @param shortTexts the distinct short texts
 * @param longTexts distinct long texts, a sample if there are very many
 * @param stream the short texts of all rows, in the rows' order
 * @param origin where they come from, for people
 */
record BenchTexts(Corpus shortTexts, Corpus longTexts, List<String> stream, String origin) {

  private static final long SEED = 1;
  private static final int MOST_LONG_TEXTS = 3000;
  private static final double LONG_TAIL_SIGMA = 1;
  private static final double LONG_TAIL_MEDIAN = 16;

  static BenchTexts load(BenchSettings settings, Model model) throws IOException {
    Source shortSource = settings.texts();
    Source longSource = settings.longTexts();
    MadeUpTexts madeUp = shortSource == null || longSource == null ? new MadeUpTexts(SEED) : null;
    List<String> stream = new ArrayList<>();
    List<String> distinct = distinct(shortSource, stream);
    if (madeUp != null && shortSource == null) {
      distinct = madeUp.titles();
      stream = madeUp.stream();
    }
    List<String> longer = distinct(longSource, new ArrayList<>());
    if (madeUp != null && longSource == null) {
      longer = madeUp.reviews(SEED);
    }
    try (HuggingFaceIds tokenizer = new HuggingFaceIds(model)) {
      Corpus shortTexts = Corpus.deal(distinct, tokenizer);
      Corpus longTexts = Corpus.deal(sample(longer), tokenizer);
      String origin =
          String.format(
              Locale.ENGLISH,
              "%,d short texts of %.1f tokens (%s), %,d long ones of %.1f (%s), a stream of %,d"
                  + " rows",
              shortTexts.size(),
              shortTexts.meanTokens(),
              shortSource == null ? "made up, seed " + SEED : "yours",
              longTexts.size(),
              longTexts.meanTokens(),
              longSource == null ? "made up, seed " + SEED : "yours",
              stream.size());
      return new BenchTexts(shortTexts, longTexts, stream, origin);
    }
  }

  private static List<String> distinct(@Nullable Source source, List<String> all)
      throws IOException {
    if (source == null) {
      return List.of();
    }
    Map<String, String> distinct = new LinkedHashMap<>();
    for (Path file : source.files()) {
      CsvColumn.read(
          file,
          source.column(),
          text -> {
            if (!text.isBlank()) {
              String known = distinct.putIfAbsent(text, text);
              all.add(known == null ? text : known);
            }
          });
    }
    if (all.isEmpty()) {
      throw new IOException(
          "the column '" + source.column() + "' of " + source.files() + " has no text.");
    }
    return List.copyOf(distinct.values());
  }

  private static List<String> sample(List<String> texts) {
    if (texts.size() <= MOST_LONG_TEXTS) {
      return texts;
    }
    List<String> sample = new ArrayList<>(MOST_LONG_TEXTS);
    for (int i = 0; i < MOST_LONG_TEXTS; i++) {
      sample.add(texts.get((int) ((long) i * texts.size() / MOST_LONG_TEXTS)));
    }
    return sample;
  }

  /** Short and long ones in a seeded disorder, one to one. */
  List<String> mixed(int count) {
    List<String> mixed = new ArrayList<>(count);
    List<String> some = shortTexts.first(count);
    List<String> others = longTexts.first(count);
    Random random = new Random(SEED);
    for (int i = 0; i < count; i++) {
      mixed.add(random.nextBoolean() ? some.get(i) : others.get(i));
    }
    return mixed;
  }

  /** Texts whose lengths are log-normal, from 3 to that many tokens and a little noise. */
  List<String> longTailed(int count, int mostTokens) {
    Random random = new Random(SEED);
    List<String> words = new ArrayList<>();
    for (String text : longTexts.first(200)) {
      for (String word : text.toLowerCase(Locale.ROOT).split("[^a-z]+", -1)) {
        // Short words of a language's everyday are one token each.
        if (word.length() > 1 && word.length() < 5) {
          words.add(word);
        }
      }
    }
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      double length = LONG_TAIL_MEDIAN * Math.exp(LONG_TAIL_SIGMA * random.nextGaussian());
      int tokens = (int) Math.max(1, Math.min(mostTokens - 2, length));
      StringBuilder text = new StringBuilder();
      for (int word = 0; word < tokens; word++) {
        text.append(word == 0 ? "" : " ").append(words.get(random.nextInt(words.size())));
      }
      texts.add(text.toString());
    }
    return texts;
  }
}
