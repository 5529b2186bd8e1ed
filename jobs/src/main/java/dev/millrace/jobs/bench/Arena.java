package dev.millrace.jobs.bench;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.util.IOUtils;

/**
 * Runs contenders in turns, A B C A B C, so that what disturbs the machine for a while disturbs all
 * of them. Each runs on so many texts that all take about as long.
 */
final class Arena implements AutoCloseable {

  private static final int LEAST_ROUNDS = 2;
  private static final double MOST_SECONDS = 2.5;
  private static final int LEAST_TEXTS = 24;

  /** A run that takes less of its time than this was cut too short by a rate that was too low. */
  private static final double MUCH_OF_WARM_UP = 0.7;

  private static final int MOST_WARM_UPS = 4;

  private final Map<String, Contender> contenders = new LinkedHashMap<>();
  private final Map<String, Samples> samples = new LinkedHashMap<>();
  private final Map<String, Double> rates = new LinkedHashMap<>();
  private final Map<String, Double> overheads = new LinkedHashMap<>();
  private final Report report;

  Arena(Report report) {
    this.report = report;
  }

  /** Takes a contender in, which the arena then owns, and warms it up. */
  void add(String id, Contender contender) throws Exception {
    contenders.put(id, contender);
    samples.put(id, new Samples());
    double wanted = contender.warmUpSeconds();
    double rate = contender.run(LEAST_TEXTS);
    double ran = 0;
    for (int i = 0; i < MOST_WARM_UPS && ran < wanted * MUCH_OF_WARM_UP; i++) {
      int texts = (int) Math.max(LEAST_TEXTS, rate * wanted);
      long began = System.nanoTime();
      rate = contender.run(texts);
      ran = texts / rate;
      overheads.put(id, Math.max(0, (System.nanoTime() - began) / 1e9 - ran));
    }
    rates.put(id, rate);
    report.say(
        String.format(Locale.ENGLISH, "%-28s %,7.0f texts/s  ", id, rate) + contender.describe());
  }

  boolean has(String id) {
    return contenders.containsKey(id);
  }

  /**
   * Measures all in turns.
   *
   * @param time what it should take; how long each runs follows from it
   * @param bounded whether to give up rounds, but not the first two, when the time is up
   */
  void run(int rounds, Duration time, boolean bounded) throws Exception {
    if (contenders.isEmpty()) {
      return;
    }
    long ends = System.nanoTime() + time.toNanos();
    double overhead = overheads.values().stream().mapToDouble(Double::doubleValue).sum();
    double each = (time.toMillis() / 1000.0 / rounds - overhead) / Math.max(1, contenders.size());
    long roundTook = 0;
    for (int round = 1; round <= rounds; round++) {
      long began = System.nanoTime();
      if (bounded && round > LEAST_ROUNDS && began + roundTook > ends) {
        report.say("no more rounds: the time is up");
        break;
      }
      report.say("round " + round + " of " + rounds + ": " + contenders.size() + " things");
      for (Map.Entry<String, Contender> contender : contenders.entrySet()) {
        double seconds =
            Math.max(contender.getValue().leastSeconds(), Math.min(MOST_SECONDS, each));
        double texts = rates.getOrDefault(contender.getKey(), 1.0) * seconds;
        double rate = contender.getValue().run((int) Math.max(LEAST_TEXTS, texts));
        samples(contender.getKey()).add(rate);
        // It may have been colder when it was warmed up than it is now.
        rates.put(contender.getKey(), rate);
      }
      roundTook = System.nanoTime() - began;
    }
  }

  /** What a contender did in each round. */
  Samples samples(String id) {
    Samples found = samples.get(id);
    if (found == null) {
      throw new IllegalArgumentException(
          "There is no '" + id + "' among " + samples.keySet() + ".");
    }
    return found;
  }

  @Override
  public void close() throws Exception {
    IOUtils.closeAll(contenders.values());
  }
}
