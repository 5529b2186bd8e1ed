package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.MemoryScope;
import java.util.HashMap;
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
