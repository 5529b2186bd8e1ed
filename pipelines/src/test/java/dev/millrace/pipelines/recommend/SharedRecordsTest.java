package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.MemoryScope;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.arrow.memory.OutOfMemoryException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SharedRecordsTest {
  private static final int STEPS = 8_000;
  private static final int HELD = 300;

  /** What there is only so few of that threads meet. */
  private static final int KINDS = 400;

  /** Longer than a slab has room for. */
  private static final int LONG = 20_000;

  private final MemoryScope memory = MemoryScope.open("test");

  private record Held(int record, List<Integer> content) {}

  @AfterEach
  void close() {
    memory.close();
  }

  @ParameterizedTest
  @CsvSource({"1, true", "2, true", "3, false"})
  void areThereOnceAsLongAsSomebodyHasThem(long seed, boolean goodHash) {
    Random random = new Random(seed);
    Map<List<Integer>, Integer> model = new HashMap<>();
    try (SharedRecords records = records(goodHash)) {
      List<Held> held = new ArrayList<>();
      for (int step = 0; step < STEPS; step++) {
        if (held.size() < HELD && random.nextBoolean()) {
          Held one = store(records, random);
          held.add(one);
          model.merge(one.content(), 1, Integer::sum);
        } else if (!held.isEmpty()) {
          Held one = held.remove(random.nextInt(held.size()));
          check(records, one, seed);
          records.release(one.record());
          model.computeIfPresent(one.content(), (key, count) -> count == 1 ? null : count - 1);
        }
        assertThat(records.size()).as("seed %d, step %d", seed, step).isEqualTo(model.size());
      }
      assertThat(held.stream().map(Held::record).distinct()).hasSize(model.size());
      held.forEach(one -> records.release(one.record()));
      assertThat(records.size()).isZero();
    }
  }

  /** Each thread sees its own records as they were, whatever the others do. */
  @ParameterizedTest
  @CsvSource({"11, true", "12, false"})
  void areReadWhileOthersComeAndGo(long seed, boolean goodHash) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (SharedRecords records = records(goodHash)) {
      List<Future<?>> running = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        Random random = new Random(seed + 100L * thread);
        running.add(threads.submit(() -> comeAndGo(records, random, seed)));
      }
      for (Future<?> one : running) {
        one.get();
      }
      assertThat(records.size()).as("seed %d", seed).isZero();
    } finally {
      threads.shutdownNow();
    }
  }

  private static void comeAndGo(SharedRecords records, Random random, long seed) {
    List<Held> held = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      if (held.size() < HELD && random.nextBoolean()) {
        held.add(store(records, random));
      } else if (!held.isEmpty()) {
        Held one = held.remove(random.nextInt(held.size()));
        check(records, one, seed);
        records.release(one.record());
      }
      if (step % 100 == 0) {
        int[] all = held.stream().mapToInt(Held::record).toArray();
        records.retain(all);
        held.forEach(one -> check(records, one, seed));
        records.release(all);
      }
    }
    held.forEach(one -> records.release(one.record()));
  }

  @Test
  void takeMemoryForWhatIsThereAndNotForWhatWas() {
    try (SharedRecords records = records(true)) {
      List<Integer> held = new ArrayList<>();
      for (int i = 0; i < 20_000; i++) {
        held.add(records.store(new int[] {i, i, i, i, i, i, i, i, i}, 9));
      }
      long most = memory.allocator().getAllocatedMemory();
      // Nine ints and three of the record's own.
      assertThat(most).isBetween(20_000L * 12 * Integer.BYTES, 20_000L * 14 * Integer.BYTES);
      held.forEach(records::release);
      assertThat(memory.allocator().getAllocatedMemory()).isLessThanOrEqualTo(1 << 16);
      for (int i = 0; i < 20_000; i++) {
        int unused = records.store(new int[] {i, 1, 2, 3, 4, 5, 6, 7, 8}, 9);
      }
      assertThat(memory.allocator().getAllocatedMemory()).isEqualTo(most);
    }
  }

  @Test
  void stayAsTheyAreWhereMemoryIsShort() {
    try (MemoryScope little = MemoryScope.open("little", 1 << 17);
        SharedRecords records = new SharedRecords(little.allocator())) {
      List<Integer> held = new ArrayList<>();
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 100_000; i++) {
                  held.add(records.store(new int[] {i, 2 * i}, 2));
                }
              })
          .isInstanceOf(OutOfMemoryException.class)
          .hasMessageContaining("131,072 bytes")
          .hasMessageContaining("millrace.off-heap.limit");
      assertThat(records.size()).isEqualTo(held.size());
      for (int i = 0; i < held.size(); i++) {
        assertThat(records.copy(held.get(i))).containsExactly(i, 2 * i);
      }
      records.release(held.remove(7));
      assertThat(records.copy(records.store(new int[] {-1, -2}, 2))).containsExactly(-1, -2);
    }
  }

  @Test
  void areNotReadWhenTheyAreGone() {
    SharedRecords records = records(true);
    int small = records.store(new int[] {1, 2}, 2);
    int large = records.store(new int[LONG], LONG);
    records.release(large);
    int other = records.store(new int[LONG + LONG], LONG + LONG);
    records.release(other);
    assertThatThrownBy(() -> records.copy(large)).hasMessageContaining("is gone");
    records.close();
    assertThatThrownBy(() -> records.copy(small)).hasMessageContaining("are closed");
    assertThatThrownBy(() -> records.store(new int[0], 0)).hasMessageContaining("are closed");
  }

  private SharedRecords records(boolean goodHash) {
    return goodHash
        ? new SharedRecords(memory.allocator())
        : new SharedRecords(memory.allocator(), (ints, length) -> length % 3);
  }

  private static Held store(SharedRecords records, Random random) {
    Random of = new Random(random.nextInt(KINDS));
    int[] content = of.ints(of.nextInt(200) == 0 ? LONG : of.nextInt(120)).toArray();
    int[] longer = Arrays.copyOf(content, content.length + 3);
    return new Held(records.store(longer, content.length), list(content));
  }

  private static void check(SharedRecords records, Held held, long seed) {
    IntBuffer ints = records.ints(held.record());
    int[] found = new int[records.length(held.record())];
    for (int i = 0; i < found.length; i++) {
      found[i] = ints.get(SharedRecords.offset(held.record()) + i);
    }
    assertThat(list(found)).as("seed %d", seed).isEqualTo(held.content());
  }

  private static List<Integer> list(int[] content) {
    return Arrays.stream(content).boxed().toList();
  }
}
