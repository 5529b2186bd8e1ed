package dev.millrace.operators;

import dev.millrace.accelerator.MemoryScope;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.ArrowBuf;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Vectors by text: how long it takes for one text. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class VectorCacheBenchmark {

  private static final int TEXTS = 4096;
  private static final int DIMENSION = 384;

  private final String[] texts = BenchmarkTexts.make(TEXTS);
  private final TextUnits units = new TextUnits();
  private final MemoryScope scope = MemoryScope.open("benchmark");
  private final ArrowBuf memory = scope.allocator().buffer(DIMENSION * (long) Float.BYTES);
  private final EmbeddingView vector = new EmbeddingView(DIMENSION).at(memory, 0);
  private final EmbeddingView found = new EmbeddingView(DIMENSION);
  private final float[] array = new float[DIMENSION];
  private final VectorCache large = new VectorCache(scope.allocator(), 64 << 20, DIMENSION);
  private final VectorCache small = new VectorCache(scope.allocator(), 1 << 20, DIMENSION);

  @Setup
  public void fillTheLargeOne() {
    memory.setZero(0, memory.capacity());
    for (String text : texts) {
      units.read(text);
      large.put(units, vector);
    }
  }

  @Benchmark
  @OperationsPerInvocation(TEXTS)
  public float[] hitAndCopyToTheHeap() {
    for (String text : texts) {
      units.read(text);
      if (large.find(units, found)) {
        found.copyTo(array, 0);
      }
    }
    return array;
  }

  /** The texts come round before they are met again, so that each one is put in another's place. */
  @Benchmark
  @OperationsPerInvocation(TEXTS)
  public int missAndPut() {
    for (String text : texts) {
      units.read(text);
      if (!small.find(units, found)) {
        small.put(units, vector);
      }
    }
    return small.size();
  }

  @TearDown
  public void close() {
    small.close();
    large.close();
    memory.close();
    scope.close();
  }
}
