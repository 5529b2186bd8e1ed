package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Generated histories of rows, watermarks and other signals, answers in any order, failures,
 * passing time, checkpoints and restarts, against the {@link SequentialModel}.
 */
class EmbeddingOperatorHistoriesTest {

  private static final int HISTORIES = Integer.getInteger("millrace.test.histories", 2500);

  /** Kept open, since opening one takes longer than a history. */
  private static @Nullable InferenceSession session;

  @BeforeAll
  static void open() {
    session =
        Sessions.open(
            AcceleratorUri.parse(HistoryRun.ACCELERATOR),
            Models.resolve("minilm"),
            SessionOptions.defaults());
  }

  @AfterAll
  static void close() {
    Objects.requireNonNull(session).close();
    assertThat(Sessions.openCount()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"ORDERED, SNAPSHOT", "ORDERED, DRAIN", "UNORDERED, SNAPSHOT", "UNORDERED, DRAIN"})
  void everyHistoryAgreesWithTheModel(OutputOrder order, CheckpointMode mode) {
    long firstSeed = Long.getLong("millrace.test.seed", System.nanoTime());
    for (int i = 0; i < HISTORIES; i++) {
      long seed = firstSeed + i;
      History history = History.generate(new Random(seed), order, mode);
      if (failure(history) != null) {
        throw smallest(history, seed);
      }
    }
  }

  private static @Nullable Throwable failure(History history) {
    try {
      HistoryRun.run(history);
      return null;
    } catch (Throwable failure) {
      return failure;
    }
  }

  private static AssertionError smallest(History history, long seed) {
    List<Step> steps =
        Shrinking.shrink(history.steps(), fewer -> failure(history.withSteps(fewer)) != null);
    History smallest = history.withSteps(steps);
    return new AssertionError(
        "A history failed. Repeat it with -Dmillrace.test.seed="
            + seed
            + ". The smallest that fails: "
            + smallest,
        failure(smallest));
  }

  @Test
  void aFailingHistoryIsShrunkToWhatMakesItFail() {
    List<Integer> numbers = IntStream.range(0, 60).boxed().toList();
    assertThat(
            Shrinking.shrink(
                numbers, some -> some.contains(17) && some.contains(43) && some.contains(44)))
        .containsExactly(17, 43, 44);
  }
}
