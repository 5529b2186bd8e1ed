package dev.millrace.accelerator.onnx;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.GraphPreparation;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.OffHeapMemory;
import dev.millrace.accelerator.SessionOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.test.StepVerifier;

/** Who owns what when a run is cancelled, late, or outlived by its session. */
class LifecycleTest {

  private static final AcceleratorUri CPU = AcceleratorUri.parse("onnx:cpu");
  private static final List<long[]> ROWS = List.of(new long[] {1, 2, 3}, new long[] {2});

  @TempDir Path folder;

  private final Gate gate = new Gate();

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRunInTheDeviceKeepsItsMemoryAfterACancellation(boolean rowsAlone) {
    try (OnnxSession session = open(rowsAlone, 2, gate);
        MemoryScope scope = MemoryScope.open("test")) {
      ArrowBatch batch = TokenBatches.of(scope, ROWS);
      AtomicInteger answers = new AtomicInteger();
      Disposable run = session.infer(batch).subscribe(answer -> answers.incrementAndGet());
      batch.close();
      await().until(() -> gate.arrived() >= (rowsAlone ? 2 : 1));
      run.dispose();
      assertThat(scope.allocator().getAllocatedMemory()).as("the device reads it").isPositive();
      gate.open();
      await().until(() -> scope.allocator().getAllocatedMemory() == 0);
      assertThat(answers).hasValue(0);
    }
  }

  @Test
  void aRunInTheQueueGivesItsMemoryBackAtOnce() {
    try (OnnxSession session = open(false, 1, gate);
        MemoryScope scope = MemoryScope.open("test")) {
      ArrowBatch first = TokenBatches.of(scope, ROWS);
      CompletableFuture<ArrowBatch> running = session.infer(first).toFuture();
      await().until(() -> gate.arrived() == 1);
      long before = scope.allocator().getAllocatedMemory();
      ArrowBatch second = TokenBatches.of(scope, ROWS);
      Disposable queued = session.infer(second).subscribe();
      second.close();
      assertThat(scope.allocator().getAllocatedMemory()).isGreaterThan(before);
      queued.dispose();
      assertThat(scope.allocator().getAllocatedMemory()).isEqualTo(before);
      gate.open();
      running.join().close();
      first.close();
      assertThat(gate.arrived()).isEqualTo(1);
    }
  }

  @Test
  void nothingRunsBeforeItIsAskedFor() {
    gate.open();
    try (OnnxSession session = open(false, 1, gate);
        MemoryScope scope = MemoryScope.open("test");
        ArrowBatch batch = TokenBatches.of(scope, ROWS)) {
      StepVerifier.create(session.infer(batch), 0)
          .expectSubscription()
          .then(() -> assertThat(gate.arrived()).isZero())
          .thenRequest(1)
          .consumeNextWith(ArrowBatch::close)
          .verifyComplete();
      StepVerifier.create(session.infer(batch), 0).expectSubscription().thenCancel().verify();
      assertThat(gate.arrived()).isEqualTo(1);
    }
  }

  @Test
  void oneBatchUsesAllThreadsAndNoMore() {
    List<long[]> rows = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      rows.add(new long[] {101, 2000 + i, 102});
    }
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CyclicBarrier bothAreIn = new CyclicBarrier(2);
    AtomicInteger runs = new AtomicInteger();
    try (OnnxSession session =
            open(
                true,
                2,
                (inputs, outputs) -> {
                  most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                  if (runs.incrementAndGet() <= 2) {
                    try {
                      bothAreIn.await();
                    } catch (Exception broken) {
                      throw new IllegalStateException(broken);
                    }
                  }
                  inside.decrementAndGet();
                });
        MemoryScope scope = MemoryScope.open("test");
        ArrowBatch batch = TokenBatches.of(scope, rows);
        ArrowBatch answer = requireNonNull(session.infer(batch).block())) {
      assertThat(answer.rowCount()).isEqualTo(50);
      assertThat(runs).hasValue(50);
      assertThat(most).hasValue(2);
      assertThat(threads()).hasSize(2).allMatch(Thread::isDaemon);
    }
    await().untilAsserted(() -> assertThat(threads()).isEmpty());
  }

  @Test
  void aClosedSessionEndsItsRunsFirst() {
    try (MemoryScope scope = MemoryScope.open("test");
        ArrowBatch batch = TokenBatches.of(scope, ROWS)) {
      OnnxSession session = open(true, 2, gate);
      CompletableFuture<ArrowBatch> running = session.infer(batch).toFuture();
      CompletableFuture<ArrowBatch> queued = session.infer(batch).toFuture();
      await().until(() -> gate.arrived() == 2);
      session.close();
      session.close();
      assertThat(running).isNotDone();
      gate.open();
      try (ArrowBatch first = running.join();
          ArrowBatch second = queued.join()) {
        assertThat(Vectors.of(second)).containsExactlyElementsOf(Vectors.of(first));
      }
      await().untilAsserted(() -> assertThat(threads()).isEmpty());
      StepVerifier.create(session.infer(batch))
          .expectErrorMessage(session + " is closed. Keep it open for as long as it is used.")
          .verify();
    }
  }

  @Test
  void aClosedSessionsAnswersMayBeReadUntilTheyAreClosed() {
    ArrowBatch answer;
    try (OnnxSession session = open(true, 2, RunListener.NONE);
        MemoryScope scope = MemoryScope.open("test");
        ArrowBatch batch = TokenBatches.of(scope, ROWS)) {
      answer = requireNonNull(session.infer(batch).block());
    }
    assertThat(Vectors.norm(Vectors.of(answer).get(1))).isBetween(0.999, 1.001);
    assertThat(OffHeapMemory.allocatedBytes()).isPositive();
    answer.close();
  }

  /** Cancels at every moment of a run that it can hit; each answer has exactly one owner. */
  @Test
  void aCancellationThatRacesTheAnswerLeaksNothing() {
    ModelFolders.of(folder, TinyModel.of(13));
    AtomicInteger answered = new AtomicInteger();
    AtomicInteger cancelled = new AtomicInteger();
    try (OnnxSession session = open(false, 2, RunListener.NONE);
        MemoryScope scope = MemoryScope.open("test");
        ArrowBatch batch = TokenBatches.of(scope, ROWS)) {
      for (int i = 0; i < 2000; i++) {
        Racer racer = new Racer();
        session.infer(batch).subscribe(racer);
        long until = System.nanoTime() + (i % 200) * 1000L;
        while (System.nanoTime() < until) {
          Thread.onSpinWait();
        }
        racer.cancel();
        (racer.done.isDone() ? answered : cancelled).incrementAndGet();
      }
    }
    assertThat(answered.get() + cancelled.get()).isEqualTo(2000);
    // That no byte is left is what the extension then asserts.
  }

  private static final class Racer extends BaseSubscriber<ArrowBatch> {
    final CompletableFuture<Boolean> done = new CompletableFuture<>();

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      subscription.request(1);
    }

    @Override
    protected void hookOnNext(ArrowBatch answer) {
      answer.close();
      done.complete(true);
    }
  }

  private OnnxSession open(boolean rowsAlone, int parallelism, RunListener listener) {
    if (!rowsAlone) {
      ModelFolders.of(folder, TinyModel.of(13));
    }
    return new OnnxConnector()
        .open(
            CPU,
            Models.resolve(rowsAlone ? "minilm" : folder.toString()),
            SessionOptions.defaults()
                .withPreparation(GraphPreparation.AS_SHIPPED)
                .withParallelism(parallelism),
            listener);
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("millrace onnx:cpu"))
        .toList();
  }
}
