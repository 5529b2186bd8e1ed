package dev.millrace.operators;

import static java.util.Objects.requireNonNull;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.DeviceState;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What a pool costs for one batch, from its subscription to its answer. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PoolBenchmark {

  private static final int BATCHES = 1000;

  @Param({"8", "72", "384"})
  public int devices;

  private final MemoryScope scope = MemoryScope.open("benchmark");
  private final ArrowBatch batch =
      ArrowBatch.own(scope, new VectorSchemaRoot(List.of(), List.of(), 1));
  private int taken;
  private InferenceSession pool = open(1);
  private InferenceSession alone = open(1);

  private static InferenceSession open(int count) {
    return Sessions.open(
        AcceleratorUri.parsePool(
            IntStream.range(0, count).mapToObj(i -> "held:" + i).collect(Collectors.joining(","))),
        Models.resolve("minilm"),
        SessionOptions.defaults());
  }

  @Setup
  public void load() throws InterruptedException {
    pool.close();
    HeldConnector.holding = false;
    pool = open(devices);
    while (pool.devices().stream().anyMatch(device -> device.state() == DeviceState.LOADING)) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  /** The session by itself, to be taken off the others. */
  @Benchmark
  @OperationsPerInvocation(BATCHES)
  public void withoutAPool() {
    HeldConnector.holding = false;
    for (int i = 0; i < BATCHES; i++) {
      alone.infer(batch).subscribe(ArrowBatch::close);
    }
  }

  @Benchmark
  @OperationsPerInvocation(BATCHES)
  public void everyDeviceIsFree() {
    HeldConnector.holding = false;
    for (int i = 0; i < BATCHES; i++) {
      pool.infer(batch).subscribe(ArrowBatch::close);
    }
  }

  /** All places are taken, a batch waits, and each answer makes room for it. */
  @Benchmark
  @OperationsPerInvocation(BATCHES)
  public void everyDeviceIsBusy() {
    HeldConnector.holding = true;
    for (; taken < 2 * devices; taken++) {
      pool.infer(batch).subscribe(ArrowBatch::close);
    }
    for (int i = 0; i < BATCHES; i++) {
      pool.infer(batch).subscribe(ArrowBatch::close);
      answerOne();
    }
  }

  private static void answerOne() {
    HeldConnector.Held held = requireNonNull(HeldConnector.WAITING.poll());
    held.sink().success(held.batch());
  }

  @TearDown(Level.Iteration)
  public void answerAll() {
    taken = 0;
    while (!HeldConnector.WAITING.isEmpty()) {
      answerOne();
    }
  }

  @TearDown
  public void close() {
    pool.close();
    alone.close();
    batch.close();
    scope.close();
  }
}
