package dev.millrace.jobs.bench;

import ai.onnxruntime.OrtException;
import dev.millrace.jobs.bench.BareRuntime.Setup;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The bare runtime at the best of the configurations that give the same answers. */
final class BareContender implements Contender {

  /** One of the callers ends before the others, by a batch. */
  private static final double LEAST_SECONDS = 0.5;

  private static final List<Integer> BUDGETS = List.of(64, 128, 256, 512, 1024, 2048);
  private static final int CORES = Runtime.getRuntime().availableProcessors();
  private static final Setup USUAL = new Setup(CORES, 1, false);
  private static final List<Setup> OTHERS =
      List.of(
          new Setup(CORES, 1, true),
          new Setup(1, CORES, false),
          new Setup(1, CORES, true),
          new Setup(CORES, CORES, false));

  /** How often each configuration is tried, in turns, before one is chosen by its median. */
  private static final int TRIES = 3;

  private static final int FIRST_TEXTS = 16;

  private final Corpus corpus;
  private final BareRuntime runtime;
  private final int budget;
  private final String tried;

  private BareContender(Corpus corpus, BareRuntime runtime, int budget, String tried) {
    this.corpus = corpus;
    this.runtime = runtime;
    this.budget = budget;
    this.tried = tried;
  }

  /** A runtime and the shape of its batches, with what it did so far. */
  private record Candidate(BareRuntime runtime, int budget, Samples rates) {

    void run(long[][] tokens) throws Exception {
      runtime.load(tokens, budget);
      rates.add(runtime.run());
    }

    double median() {
      return rates.median();
    }

    String describe() {
      return runtime.setup()
          + (budget == BareRuntime.ALONE ? ", rows alone" : ", batches of " + budget + " tokens");
    }
  }

  /**
   * Searches: the shape of the batches first, with a caller a core, one thread each and no
   * spinning; then the other ways to use the cores.
   *
   * @param alone whether only rows run alone give the same answers
   * @param seconds how long to try each configuration
   */
  static BareContender search(byte[] graph, Corpus corpus, boolean alone, double seconds)
      throws Exception {
    Map<Setup, BareRuntime> open = new LinkedHashMap<>();
    BareRuntime chosen = null;
    try {
      BareRuntime usual = new BareRuntime(graph, USUAL);
      open.put(USUAL, usual);
      long[][] tokens = corpus.firstTokens(texts(usual, corpus, seconds));
      List<Candidate> shapes = new ArrayList<>();
      shapes.add(new Candidate(usual, BareRuntime.ALONE, new Samples()));
      if (!alone) {
        BUDGETS.forEach(budget -> shapes.add(new Candidate(usual, budget, new Samples())));
      }
      int budget = best(shapes, tokens).budget();
      List<Candidate> setups = new ArrayList<>();
      setups.add(new Candidate(usual, budget, new Samples()));
      for (Setup setup : OTHERS) {
        BareRuntime other = new BareRuntime(graph, setup);
        open.put(setup, other);
        setups.add(new Candidate(other, budget, new Samples()));
      }
      Candidate best = best(setups, tokens);
      chosen = best.runtime();
      shapes.addAll(setups);
      return new BareContender(corpus, chosen, budget, best.describe() + describe(shapes));
    } finally {
      for (BareRuntime runtime : open.values()) {
        if (runtime != chosen) {
          runtime.close();
        }
      }
    }
  }

  private static int texts(BareRuntime runtime, Corpus corpus, double seconds) throws Exception {
    runtime.load(corpus.firstTokens(FIRST_TEXTS), BareRuntime.ALONE);
    double unused = runtime.run();
    return (int) Math.max(FIRST_TEXTS, runtime.run() * seconds);
  }

  private static Candidate best(List<Candidate> candidates, long[][] tokens) throws Exception {
    for (int i = 0; i < TRIES; i++) {
      for (Candidate candidate : candidates) {
        candidate.run(tokens);
      }
    }
    return candidates.stream().max(Comparator.comparingDouble(Candidate::median)).orElseThrow();
  }

  private static String describe(List<Candidate> candidates) {
    StringBuilder text = new StringBuilder();
    candidates.stream()
        .sorted(Comparator.comparingDouble(Candidate::median).reversed())
        .forEach(
            candidate ->
                text.append(
                    String.format(
                        Locale.ENGLISH,
                        "%n           %,8.0f  %s",
                        candidate.median(),
                        candidate.describe())));
    return text.toString();
  }

  @Override
  public String describe() {
    return tried;
  }

  @Override
  public double leastSeconds() {
    return LEAST_SECONDS;
  }

  @Override
  public double run(int texts) throws Exception {
    runtime.load(corpus.firstTokens(texts), budget);
    return runtime.run();
  }

  @Override
  public void close() throws OrtException {
    runtime.close();
  }
}
