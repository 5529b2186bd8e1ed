package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.millrace.accelerator.MemoryScope;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.ToLongFunction;
import org.apache.arrow.memory.ArrowBuf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VectorCacheTest {

  private static final long SEED = 20_250_518;
  private static final int DIMENSION = 7;

  private final MemoryScope scope = MemoryScope.open("cache");
  private final ArrowBuf made = scope.allocator().buffer(4096);
  private final EmbeddingView given = new EmbeddingView(DIMENSION);
  private final EmbeddingView found = new EmbeddingView(DIMENSION);
  private final TextUnits units = new TextUnits();

  @AfterEach
  void closeScope() {
    made.close();
    scope.close();
  }

  private VectorCache cache(long limit) {
    return new VectorCache(scope.allocator(), limit, DIMENSION);
  }

  private void put(VectorCache cache, String text, float value) {
    for (int i = 0; i < DIMENSION; i++) {
      made.setFloat(i * 4L, value + i);
    }
    units.read(text);
    cache.put(units, given.at(made, 0));
  }

  private boolean find(VectorCache cache, String text) {
    units.read(text);
    return cache.find(units, found);
  }

  @Test
  void findsWhatWasPut() {
    try (VectorCache cache = cache(1 << 20)) {
      assertThat(find(cache, "red mug")).isFalse();
      put(cache, "red mug", 1);
      put(cache, "red mugs", 2);
      put(cache, "", 3);
      assertThat(find(cache, "red mug")).isTrue();
      assertThat(found.toArray()).containsExactly(1, 2, 3, 4, 5, 6, 7);
      assertThat(find(cache, "")).isTrue();
      assertThat(found.get(0)).isEqualTo(3);
      assertThat(find(cache, "red mu")).isFalse();
      put(cache, "red mug", 9);
      assertThat(cache.size()).isEqualTo(3);
      assertThat(find(cache, "red mug")).isTrue();
      assertThat(found.get(0)).isEqualTo(9);
    }
  }

  /** With a hash of 0 bits all texts collide. */
  @ParameterizedTest
  @CsvSource({"64, 16384", "64, 300000", "64, 4000000", "3, 16384", "0, 16384", "0, 40000"})
  void eachHitIsWhatWasPutLast(int hashBits, long limit) {
    ToLongFunction<TextUnits> hash =
        hashBits == 64 ? TextUnits::hash : text -> text.hash() & ((1 << hashBits) - 1);
    int hits = 0;
    int operations = hashBits == 0 ? 20_000 : 100_000;
    Random random = new Random(SEED);
    Map<String, Float> model = new HashMap<>();
    try (VectorCache cache = new VectorCache(scope.allocator(), limit, DIMENSION, hash)) {
      for (int i = 0; i < operations; i++) {
        int which = (int) Math.abs(random.nextGaussian() * 2_000);
        String text = "text " + which + "x".repeat(which % 40);
        if (random.nextBoolean()) {
          put(cache, text, i);
          model.put(text, (float) i);
          assertThat(find(cache, text)).as("seed %d, operation %d", SEED, i).isTrue();
        } else if (find(cache, text)) {
          assertThat(found.get(0)).as("seed %d, operation %d", SEED, i).isEqualTo(model.get(text));
          assertThat(found.get(DIMENSION - 1)).isEqualTo(found.get(0) + DIMENSION - 1);
          hits++;
        }
        assertThat(cache.bytes()).isLessThanOrEqualTo(limit);
        assertThat(cache.size()).isLessThanOrEqualTo(model.size());
      }
      assertThat(scope.allocator().getAllocatedMemory() - made.capacity()).isEqualTo(cache.bytes());
      assertThat(hits).isPositive();
      if (limit == 4_000_000) {
        assertThat(cache.size()).isEqualTo(model.size());
      }
    }
  }

  @Test
  void whatIsAskedForAgainAndAgainOutlivesWhatIsNot() {
    int hot = 300;
    try (VectorCache cache = cache(128 << 10)) {
      for (int i = 0; i < hot; i++) {
        put(cache, "hot " + i, i);
      }
      int misses = 0;
      for (int i = 0; i < 100_000; i++) {
        put(cache, "cold " + i, -i);
        if (!find(cache, "hot " + i % hot)) {
          put(cache, "hot " + i % hot, i % hot);
          misses++;
        }
      }
      // Some are lost in the beginning, when they fill whole segments.
      assertThat(misses).isLessThan(hot);
      assertThat(find(cache, "cold 5")).isFalse();
      assertThat(cache.size()).isGreaterThan(hot);
    }
  }

  @Test
  void newTextsHaveRoomEvenIfAllIsAskedForAgain() {
    try (VectorCache cache = cache(64 << 10)) {
      for (int i = 0; i < 20_000; i++) {
        put(cache, "text " + i, i);
        for (int back = 0; back < 5; back++) {
          assertThat(find(cache, "text " + Math.max(0, i - back))).isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 1, 7, 8, 100, 1_000})
  void withoutRoomItHoldsNothing(long limit) {
    try (VectorCache cache = cache(limit)) {
      put(cache, "text", 1);
      assertThat(find(cache, "text")).isFalse();
      assertThat(cache.size()).isZero();
      assertThat(cache.bytes()).isZero();
    }
  }

  @Test
  void whereMemoryIsShortItStaysAsLargeAsItIs() {
    try (MemoryScope small = MemoryScope.open("small", 700_000);
        VectorCache cache = new VectorCache(small.allocator(), 1 << 20, DIMENSION)) {
      for (int i = 0; i < 20_000; i++) {
        put(cache, "text " + i, i);
      }
      assertThat(cache.bytes()).isBetween(1L, 700_000L);
      assertThat(cache.size()).isPositive();
      assertThat(find(cache, "text 19999")).isTrue();
    }
    try (MemoryScope none = MemoryScope.open("none", 64);
        VectorCache cache = new VectorCache(none.allocator(), 1 << 20, DIMENSION)) {
      put(cache, "text", 1);
      put(cache, "text", 1);
      assertThat(find(cache, "text")).isFalse();
      assertThat(cache.bytes()).isZero();
    }
  }

  @Test
  void longTextsAreFoundAndVeryLongOnesNotKept() {
    try (VectorCache cache = cache(16 << 20)) {
      String lengthy = TextGenerator.text(1) + "review ".repeat(10_000);
      put(cache, lengthy, 1);
      put(cache, lengthy + "!", 2);
      put(cache, "x".repeat(200_000), 3);
      assertThat(find(cache, lengthy)).isTrue();
      assertThat(found.get(0)).isEqualTo(1);
      assertThat(find(cache, lengthy + "!")).isTrue();
      assertThat(found.get(0)).isEqualTo(2);
      assertThat(find(cache, "x".repeat(200_000))).isFalse();
      assertThat(cache.size()).isEqualTo(2);
    }
  }

  @Test
  void steadyStateMakesNoGarbage() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    String[] texts = new String[5_000];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = "text " + i;
    }
    float[] array = new float[DIMENSION];
    try (VectorCache cache = cache(128 << 10)) {
      long allocated = 0;
      for (int round = 0; round < 20; round++) {
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        for (String text : texts) {
          if (find(cache, text)) {
            found.copyTo(array, 0);
          } else {
            put(cache, text, 1);
          }
          if (find(cache, texts[7])) {
            found.copyTo(array, 0);
          }
        }
        allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
      }
      assertThat(allocated / (double) texts.length).isLessThan(2);
    }
  }
}
