package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Token ids to closed batches of mixed lengths: how long one row takes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BatcherBenchmark {

  private static final int ROWS = 4096;
  private static final int LONGEST = 64;

  private final MemoryScope scope = MemoryScope.open("benchmark");
  private final TokenTensors tensors = new TokenTensors(scope, 1 << 20, false);
  private final Buckets<NoWaiter> buckets =
      new Buckets<>(tensors, 256, width -> 256, 256, LONGEST, () -> 0);
  private final TokenBuffer ids = new TokenBuffer(scope.allocator());
  private final Deque<PendingText<NoWaiter>> spare = new ArrayDeque<>();

  public BatcherBenchmark() {
    for (int id = 0; id < LONGEST; id++) {
      ids.append(id);
    }
    for (int i = 0; i < ROWS; i++) {
      spare.push(new PendingText<>());
    }
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  public int addAndClose() {
    int batches = 0;
    for (int row = 0; row < ROWS; row++) {
      // Lengths of 4 to 19, and now and then a long one.
      int length = row % 64 == 0 ? LONGEST : 4 + (row * 7) % 16;
      buckets.add(spare.pop(), ids, length);
      if (buckets.isAnyFull()) {
        batches += close(buckets.take(false));
      }
    }
    while (buckets.rows() > 0) {
      batches += close(buckets.take(true));
    }
    return batches;
  }

  private int close(Buckets.@Nullable Filling<NoWaiter> filling) {
    if (filling == null) {
      return 0;
    }
    for (int i = 0; i < filling.rows(); i++) {
      spare.push(filling.texts[i]);
    }
    try (ArrowBatch batch = filling.tensor.toBatch()) {
      return batch.rowCount() > 0 ? 1 : 0;
    }
  }

  @TearDown
  public void close() {
    ids.close();
    buckets.close();
    tensors.close();
    scope.close();
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
