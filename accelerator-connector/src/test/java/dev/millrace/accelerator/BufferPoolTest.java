package dev.millrace.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.util.MemoryUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BufferPoolTest {

  private static final long SEED = 20_250_622;
  private static final long KIB = 1024;

  private final Set<Long> freed = ConcurrentHashMap.newKeySet();
  private final BufferPool pool =
      new BufferPool(
          64 * KIB,
          address -> {
            freed.add(address);
            MemoryUtil.freeMemory(address);
          });

  @AfterEach
  void freeWhatWaits() {
    pool.reclaim(Long.MAX_VALUE);
    assertThat(pool.bytes()).isZero();
  }

  private RootAllocator root(long limit) {
    return new RootAllocator(
        RootAllocator.configBuilder()
            .allocationManagerFactory(AlignedAllocationManager.factory(pool))
            .maxAllocation(limit)
            .build());
  }

  @Test
  void nothingWaitsInAPoolThatIsClosed() {
    try (RootAllocator root = root(1 << 20)) {
      ArrowBuf before = root.buffer(4 * KIB);
      ArrowBuf after = root.buffer(4 * KIB);
      before.close();
      pool.close();
      assertThat(freed).hasSize(1);
      after.close();
      assertThat(freed).hasSize(2);
      assertThat(pool.bytes()).isZero();
    }
  }

  @Test
  void memoryIsUsedAgainAndCountedAsHeldByNobody() {
    try (RootAllocator root = root(1 << 20)) {
      ArrowBuf first = root.buffer(3000);
      long address = first.memoryAddress();
      assertThat(root.getAllocatedMemory()).isEqualTo(4 * KIB);
      assertThat(pool.bytes()).isZero();
      first.close();
      assertThat(root.getAllocatedMemory()).isZero();
      assertThat(pool.bytes()).isEqualTo(4 * KIB);
      try (ArrowBuf smaller = root.buffer(1000);
          ArrowBuf again = root.buffer(4000)) {
        assertThat(smaller.memoryAddress()).isNotEqualTo(address);
        assertThat(again.memoryAddress()).isEqualTo(address);
        assertThat(pool.bytes()).isZero();
        assertThat(root.getAllocatedMemory()).isEqualTo(5 * KIB);
      }
    }
  }

  @Test
  void whatIsTooLargeOrNoPowerOfTwoIsFreed() {
    for (long size : new long[] {32 * KIB, 3 * KIB}) {
      long address = MemoryUtil.allocateMemory(size);
      pool.give(address, size);
      assertThat(pool.bytes()).isZero();
      assertThat(freed).contains(address);
      assertThat(pool.take(size)).isZero();
    }
  }

  @Test
  void sizesThatWaitInVainGiveWayToThoseInUse() {
    for (int i = 0; i < 4; i++) {
      pool.give(MemoryUtil.allocateMemory(16 * KIB), 16 * KIB);
    }
    assertThat(pool.bytes()).isEqualTo(64 * KIB);
    for (int i = 0; i < 16; i++) {
      pool.give(MemoryUtil.allocateMemory(KIB), KIB);
      assertThat(pool.bytes()).isLessThanOrEqualTo(64 * KIB);
    }
    assertThat(freed).hasSize(1);
    for (int i = 0; i < 16; i++) {
      long address = pool.take(KIB);
      assertThat(address).isNotZero();
      MemoryUtil.freeMemory(address);
    }
  }

  @Test
  void whatWaitsIsFreedBeforeTheLimitIsPassed() {
    long limit = 64 * KIB;
    try (RootAllocator root = root(limit)) {
      List<ArrowBuf> buffers = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        buffers.add(root.buffer(4 * KIB));
      }
      buffers.forEach(ArrowBuf::close);
      assertThat(pool.bytes()).isEqualTo(limit);
      try (ArrowBuf other = root.buffer(40 * KIB)) {
        assertThat(other.capacity()).isEqualTo(64 * KIB);
        assertThat(pool.bytes()).isZero();
        assertThat(freed).hasSize(16);
        assertThatThrownBy(() -> root.buffer(1)).isInstanceOf(OutOfMemoryException.class);
      }
    }
  }

  @Test
  void withoutABoundNothingWaits() {
    BufferPool none = new BufferPool(0, MemoryUtil::freeMemory);
    none.give(MemoryUtil.allocateMemory(64), 64);
    assertThat(none.bytes()).isZero();
    assertThat(none.take(64)).isZero();
  }

  /** Each thread marks its buffers throughout, so that one that two hold would be noticed. */
  @Test
  void noTwoThreadsGetTheSameMemory() throws Exception {
    int threads = 4;
    AtomicLong overLimit = new AtomicLong();
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try (RootAllocator root = root(1 << 20)) {
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        long mark = thread + 1L;
        tasks.add(
            () -> {
              Random random = new Random(SEED + mark);
              List<ArrowBuf> held = new ArrayList<>();
              for (int i = 0; i < 30_000; i++) {
                if (held.size() < 8 && random.nextBoolean()) {
                  ArrowBuf buffer = root.buffer(64L << random.nextInt(9));
                  assertThat(buffer.memoryAddress() % 64).isZero();
                  buffer.setLong(0, mark);
                  buffer.setLong(buffer.capacity() - 8, mark);
                  held.add(buffer);
                } else if (!held.isEmpty()) {
                  ArrowBuf buffer = held.remove(random.nextInt(held.size()));
                  assertThat(buffer.getLong(0)).as("seed %d", SEED).isEqualTo(mark);
                  assertThat(buffer.getLong(buffer.capacity() - 8)).isEqualTo(mark);
                  buffer.close();
                }
                // Each of the others may be about to keep one more, of 16 KiB at most.
                if (pool.bytes() > (64 + 16 * threads) * KIB) {
                  overLimit.incrementAndGet();
                }
              }
              held.forEach(ArrowBuf::close);
              return null;
            });
      }
      for (Future<Void> task : executor.invokeAll(tasks)) {
        task.get();
      }
      assertThat(root.getAllocatedMemory()).isZero();
    } finally {
      executor.shutdownNow();
    }
    assertThat(overLimit).hasValue(0);
    assertThat(pool.bytes()).isPositive().isLessThanOrEqualTo(64 * KIB);
    Set<Long> waiting = new HashSet<>();
    for (long size = 64; size <= 16 * KIB; size *= 2) {
      for (long address = pool.take(size); address != 0; address = pool.take(size)) {
        assertThat(waiting.add(address)).isTrue();
        MemoryUtil.freeMemory(address);
      }
    }
    assertThat(pool.bytes()).isZero();
  }

  @Test
  void theProcesssOwnMemoryWaitsToo() {
    try (MemoryScope scope = MemoryScope.open("pooled")) {
      long before = OffHeapMemory.allocatedBytes();
      scope.allocator().buffer(8 * KIB).close();
      assertThat(OffHeapMemory.allocatedBytes()).isEqualTo(before);
      assertThat(OffHeapMemory.pooledBytes()).isGreaterThanOrEqualTo(8 * KIB);
    }
  }
}
