package dev.millrace.jobs.bench;

import ai.onnxruntime.OrtException;
import dev.millrace.jobs.bench.BareRuntime.Setup;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The bare runtime at the best of the set-ups that give the same answers. */
final class BareContender implements Contender {

  private static final List<Integer> TOKENS = List.of(64, 128, 256, 512, 1024, 2048);
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private final BareRuntime runtime;
  private final Corpus corpus;
  private final String tried;

  private BareContender(BareRuntime runtime, Corpus corpus, String tried) {
    this.runtime = runtime;
    this.corpus = corpus;
    this.tried = tried;
  }

  /**
   * Searches: the batch's size first, with a caller a core, one thread each and no spinning; then
   * the other ways to use the cores.
   *
   * @param alone whether only rows run alone give the same answers
   * @param texts how many to try each set-up on
   */
  static BareContender search(byte[] graph, Corpus corpus, boolean alone, int texts)
      throws Exception {
    Map<Double, Setup> found = new TreeMap<>();
    Setup first = new Setup(CORES, 1, false, 0);
    try (BareRuntime warm = new BareRuntime(graph, first)) {
      measure(warm, corpus, texts, 1);
      found.put(measure(warm, corpus, texts, 2), first);
    }
    if (!alone) {
      for (int tokens : TOKENS) {
        tryOut(graph, corpus, texts, new Setup(CORES, 1, false, tokens), found);
      }
    }
    int tokens = best(found).tokens();
    tryOut(graph, corpus, texts, new Setup(CORES, 1, true, tokens), found);
    tryOut(graph, corpus, texts, new Setup(1, CORES, false, tokens), found);
    tryOut(graph, corpus, texts, new Setup(1, CORES, true, tokens), found);
    tryOut(graph, corpus, texts, new Setup(CORES, CORES, false, tokens), found);
    Setup best = best(found);
    StringBuilder tried = new StringBuilder();
    found.forEach(
        (rate, setup) ->
            tried.append(String.format(Locale.ENGLISH, "%n      %,8.0f  %s", rate, setup)));
    return new BareContender(new BareRuntime(graph, best), corpus, tried.toString());
  }

  private static Setup best(Map<Double, Setup> found) {
    return ((TreeMap<Double, Setup>) found).lastEntry().getValue();
  }

  private static void tryOut(
      byte[] graph, Corpus corpus, int texts, Setup setup, Map<Double, Setup> found)
      throws Exception {
    try (BareRuntime runtime = new BareRuntime(graph, setup)) {
      found.put(measure(runtime, corpus, texts, 2), setup);
    }
  }

  private static double measure(BareRuntime runtime, Corpus corpus, int texts, int times)
      throws Exception {
    runtime.load(corpus.firstTokens(texts));
    double best = 0;
    for (int i = 0; i < times; i++) {
      best = Math.max(best, runtime.run());
    }
    return best;
  }

  @Override
  public String describe() {
    return runtime.setup() + tried;
  }

  @Override
  public double run(int texts) throws Exception {
    runtime.load(corpus.firstTokens(texts));
    return runtime.run();
  }

  @Override
  public void close() throws OrtException {
    runtime.close();
  }
}
