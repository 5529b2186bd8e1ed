package dev.millrace.jobs.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.util.IOUtils;

/** Finds the best of several ways to run the same. */
final class Fastest {

  private static final int FIRST_TEXTS = 24;
  private static final int TRIES = 2;

  private Fastest() {}

  /**
   * Tries each in turns.
   *
   * @param tried closed, all but the one that is returned
   * @param seconds how long each try should take
   * @return the one with the best median, which is the caller's
   */
  static Contender of(List<Contender> tried, double seconds) throws Exception {
    Map<Contender, Samples> rates = new LinkedHashMap<>();
    for (Contender one : tried) {
      double cold = one.run(FIRST_TEXTS);
      Samples warm = new Samples();
      rates.put(one, warm);
      warm.add(one.run(texts(cold, seconds)));
    }
    for (int i = 1; i < TRIES; i++) {
      for (Map.Entry<Contender, Samples> one : rates.entrySet()) {
        Samples warm = one.getValue();
        warm.add(one.getKey().run(texts(warm.median(), seconds)));
      }
    }
    Contender best =
        rates.entrySet().stream()
            .max(Comparator.comparingDouble(one -> one.getValue().median()))
            .orElseThrow()
            .getKey();
    List<AutoCloseable> others = new ArrayList<>(tried);
    others.remove(best);
    IOUtils.closeAll(others);
    return best;
  }

  private static int texts(double rate, double seconds) {
    return (int) Math.max(FIRST_TEXTS, rate * seconds);
  }
}
