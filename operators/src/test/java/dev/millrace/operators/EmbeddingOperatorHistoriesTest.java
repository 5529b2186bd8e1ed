package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Generated histories of rows, watermarks, answers in any order, failures, passing time,
 * checkpoints and restarts, against the simplest model: what came in, in order, goes out.
 */
class EmbeddingOperatorHistoriesTest {

  private static final int HISTORIES = 60;
  private static final int STEPS = 60;

  @ParameterizedTest
  @EnumSource(OutputOrder.class)
  void whatComesInGoesOutOnceAndInOrder(OutputOrder order) throws Exception {
    long firstSeed = Long.getLong("millrace.test.seed", System.nanoTime());
    for (int i = 0; i < HISTORIES; i++) {
      long seed = firstSeed + i;
      List<String> expected = new ArrayList<>();
      List<String> actual = new ArrayList<>();
      try {
        run(new Random(seed), order, expected, actual);
        assertThat(normal(actual, order)).isEqualTo(normal(expected, order));
      } catch (Throwable failure) {
        throw new AssertionError(
            "A history failed. Repeat it with -Dmillrace.test.seed=" + seed, failure);
      }
    }
  }

  private static void run(
      Random random, OutputOrder order, List<String> expected, List<String> actual)
      throws Exception {
    // So much in flight that the input never has to wait: no other thread answers here.
    InferenceSettings settings =
        OperatorBench.with(
            OperatorBench.settings(1 + random.nextInt(4), STEPS, order),
            InferenceOptions.CACHE_SIZE,
            random.nextBoolean() ? MemorySize.ofMebiBytes(2) : MemorySize.ZERO);
    OperatorBench bench = OperatorBench.start(settings);
    int id = 0;
    long watermark = 0;
    // A restart goes back to the last checkpoint: what had come out by then, and what came in
    // since.
    OperatorSubtaskState state = bench.snapshot(1);
    List<String> outAtCheckpoint = List.of();
    List<String> sinceCheckpoint = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      List<SteeredCall> open = bench.steering().open();
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> {
          String row = id++ + "@" + (watermark + 1 + random.nextInt(5));
          feed(bench, row);
          expected.add(row);
          sinceCheckpoint.add(row);
        }
        case 4 -> {
          watermark += 5;
          feed(bench, "W " + watermark);
          expected.add("W " + watermark);
          sinceCheckpoint.add("W " + watermark);
        }
        case 5, 6 -> {
          if (!open.isEmpty()) {
            open.get(random.nextInt(open.size())).answer();
          }
        }
        case 7 -> {
          if (!open.isEmpty()) {
            open.get(random.nextInt(open.size()))
                .fail(
                    new AcceleratorException(
                        random.nextBoolean() ? Category.OUT_OF_MEMORY : Category.UNAVAILABLE,
                        "passes"));
            bench.runMails();
            // One failure a batch passes; three in a row would fail the task, as they should.
            bench.pass(Duration.ofMillis(200));
            bench.steering().open().forEach(SteeredCall::answer);
          }
        }
        case 8 -> {
          bench.pass(Duration.ofMillis(random.nextInt(30)));
          if (random.nextBoolean()) {
            bench.runMails();
          }
        }
        default -> {
          if (random.nextBoolean()) {
            state = bench.snapshot(step + 2L);
            outAtCheckpoint = concat(actual, bench.output());
            sinceCheckpoint.clear();
          } else {
            bench.close();
            bench.steering().open().forEach(SteeredCall::answer);
            actual.clear();
            actual.addAll(outAtCheckpoint);
            bench = OperatorBench.restore(settings, state);
            for (String element : sinceCheckpoint) {
              feed(bench, element);
            }
          }
        }
      }
      if (random.nextInt(3) > 0) {
        bench.runMails();
      }
    }
    try (OperatorBench last = bench) {
      for (int round = 0; round < 3; round++) {
        last.pass(Duration.ofMillis(200));
        last.answerAll();
      }
      actual.addAll(last.output());
      for (Tuple2<Integer, float[]> row : last.results()) {
        assertThat(row.f1).containsExactly(OperatorBench.expected(textOf(row.f0)));
      }
    }
  }

  /** Some texts come again, and they are of several lengths. */
  private static String textOf(int id) {
    int number = id % 23;
    return "text " + number + " and more".repeat(number % 4);
  }

  private static void feed(OperatorBench bench, String element) throws Exception {
    if (element.startsWith("W ")) {
      bench.watermark(Long.parseLong(element.substring(2)));
    } else {
      int at = element.indexOf('@');
      bench.row(
          Integer.parseInt(element.substring(0, at)),
          textOf(Integer.parseInt(element.substring(0, at))),
          Long.parseLong(element.substring(at + 1)));
    }
  }

  private static List<String> concat(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  /**
   * What may differ is taken out. A restart forgets watermarks that had not left, and the rows
   * before them come again; a later watermark covers them. Unordered, rows between two watermarks
   * are a set.
   */
  private static List<String> normal(List<String> elements, OutputOrder order) {
    List<String> rows =
        new ArrayList<>(elements.stream().filter(element -> !element.startsWith("W ")).toList());
    if (order == OutputOrder.UNORDERED) {
      rows.sort(
          Comparator.comparingInt(row -> Integer.parseInt(row.substring(0, row.indexOf('@')))));
    }
    long watermark = Long.MIN_VALUE;
    for (String element : elements) {
      if (element.startsWith("W ")) {
        long next = Long.parseLong(element.substring(2));
        assertThat(next).as("watermarks do not go back").isGreaterThan(watermark);
        watermark = next;
      } else {
        assertThat(Long.parseLong(element.substring(element.indexOf('@') + 1)))
            .as("%s came after the watermark %d", element, watermark)
            .isGreaterThan(watermark);
      }
    }
    return rows;
  }
}
