package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BucketsTest {

  private static final int LONGEST = 256;

  @Test
  void widthsAreExactUpTo32AndAtMostASixteenthMoreBeyond() {
    for (int tokens = 1; tokens <= LONGEST; tokens++) {
      int width = Buckets.width(tokens, LONGEST);
      assertThat(width).isBetween(tokens, LONGEST);
      assertThat(width - tokens).isLessThanOrEqualTo(tokens <= 32 ? 0 : tokens / 16);
    }
    assertThat(IntStream.rangeClosed(1, LONGEST).map(t -> Buckets.width(t, LONGEST)).distinct())
        .hasSize(80);
    assertThat(Buckets.width(299, 300)).isEqualTo(300);
  }

  @Test
  void generatedLengthsComeOutOnceWithinTheBudgetAndNoneIsPassedForEver() {
    long seed = Long.getLong("millrace.test.seed", System.nanoTime());
    Random random = new Random(seed);
    try (MemoryScope scope = MemoryScope.open("test");
        TokenTensors tensors = new TokenTensors(scope, 1 << 20, false);
        TokenBuffer ids = new TokenBuffer(scope.allocator());
        Buckets<NoWaiter> buckets =
            new Buckets<>(tensors, 512, width -> 512, 40, LONGEST, () -> 0)) {
      IntStream.range(0, LONGEST).forEach(ids::append);
      Map<PendingText<NoWaiter>, Long> waiting = new HashMap<>();
      long tokensTaken = 0;
      for (int row = 0; row < 20_000; row++) {
        // Mostly short, some long, few very long.
        int length = Math.min(LONGEST, 1 + (int) Math.exp(random.nextGaussian() * 0.9 + 2.3));
        PendingText<NoWaiter> text = new PendingText<>();
        buckets.add(text, ids, length);
        waiting.put(text, tokensTaken);
        while (buckets.isStocked() || buckets.isEnough()) {
          tokensTaken += take(buckets, waiting, tokensTaken, seed);
        }
      }
      while (buckets.rows() > 0) {
        tokensTaken += take(buckets, waiting, tokensTaken, seed);
      }
      assertThat(waiting).as("seed %d", seed).isEmpty();
      assertThat(buckets.take(true)).isNull();
    }
  }

  @Test
  void aFewRowsOfAllLengthsAreOneBatch() {
    try (MemoryScope scope = MemoryScope.open("test");
        TokenTensors tensors = new TokenTensors(scope, 1 << 20, false);
        TokenBuffer ids = new TokenBuffer(scope.allocator());
        Buckets<NoWaiter> buckets =
            new Buckets<>(tensors, 800, width -> 800, 40, LONGEST, () -> 0)) {
      IntStream.range(1, LONGEST).forEach(ids::append);
      assertThat(buckets.isLittle(0)).isFalse();
      List<PendingText<NoWaiter>> texts = new ArrayList<>();
      List<Integer> lengths = List.of(7, 10, 7, 3);
      for (int length : lengths) {
        PendingText<NoWaiter> text = new PendingText<>();
        texts.add(text);
        buckets.add(text, ids, length);
      }
      assertThat(buckets.isLittle(0)).isTrue();
      assertThat(buckets.isLittle(61)).isFalse();
      Buckets.Filling<NoWaiter> all = buckets.takeAll();
      assertThat(all.rows()).isEqualTo(4);
      // By age of the first of its length.
      assertThat(Arrays.copyOf(all.texts, 4))
          .containsExactly(texts.get(0), texts.get(2), texts.get(1), texts.get(3));
      assertThat(buckets.rows()).isZero();
      assertThat(buckets.isAnyPartial()).isFalse();
      assertThat(all.tensor.tokens()).isEqualTo(27);
      try (ArrowBatch batch = all.tensor.toBatch()) {
        assertThat(batch.requireColumn(TextColumns.INPUT_IDS).getObject(3))
            .isEqualTo(List.of(1L, 2L, 3L, 0L, 0L, 0L, 0L, 0L, 0L, 0L));
        assertThat(batch.requireColumn(TextColumns.ATTENTION_MASK).getObject(1))
            .isEqualTo(List.of(1L, 1L, 1L, 1L, 1L, 1L, 1L, 0L, 0L, 0L));
      }
      // The same once more, in lists and tensors that were used; then too much.
      buckets.add(texts.get(0), ids, 100);
      assertThat(buckets.isLittle(0)).isTrue();
      buckets.add(texts.get(1), ids, 1);
      assertThat(buckets.isLittle(0)).isFalse();
    }
  }

  private static int take(
      Buckets<NoWaiter> buckets,
      Map<PendingText<NoWaiter>, Long> waiting,
      long tokensTaken,
      long seed) {
    Buckets.Filling<NoWaiter> batch = buckets.take(true);
    assertThat(batch).isNotNull();
    int padded = batch.rows() * batch.tensor.width();
    assertThat(padded).as("seed %d", seed).isLessThanOrEqualTo(512);
    assertThat(batch.rows()).isLessThanOrEqualTo(40);
    for (int i = 0; i < batch.rows(); i++) {
      Long before = waiting.remove(batch.texts[i]);
      assertThat(before).as("a row comes out once; seed %d", seed).isNotNull();
      // The bound, and a batch of each other width that was due at the same time.
      assertThat(tokensTaken - before).as("seed %d", seed).isLessThan((16 + 80) * 512);
    }
    batch.tensor.giveBack();
    return padded;
  }

  /** Nobody waits here. */
  private static final class NoWaiter implements Waiter<NoWaiter> {
    @Override
    public @Nullable NoWaiter nextWaiter() {
      return null;
    }

    @Override
    public void setNextWaiter(@Nullable NoWaiter next) {}
  }
}
