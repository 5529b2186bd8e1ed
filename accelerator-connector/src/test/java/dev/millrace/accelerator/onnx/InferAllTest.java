package dev.millrace.accelerator.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** A stream of batches: demand, order, and what an end in the middle leaves. */
class InferAllTest {

  private static final int PARALLELISM = 2;

  private final MemoryScope scope = MemoryScope.open("test");
  private final AtomicLong asked = new AtomicLong();
  private final InferenceSession session;

  InferAllTest(@TempDir Path folder) {
    ModelFolders.of(folder, TinyModel.of(13));
    session =
        Sessions.open(
            AcceleratorUri.parse("onnx:cpu"),
            Models.resolve(folder.toString()),
            SessionOptions.defaults().withParallelism(PARALLELISM));
  }

  @AfterEach
  void close() {
    session.close();
    scope.close();
  }

  @Test
  void asksForNoMoreThanIsTakenAndCanRun() {
    StepVerifier.create(session.inferAll(batches(100)), 0)
        .expectSubscription()
        .then(() -> assertThat(asked.get()).isLessThanOrEqualTo(PARALLELISM))
        .thenRequest(1)
        .consumeNextWith(answer -> assertFirstToken(answer, 0))
        .then(() -> assertThat(asked.get()).isLessThanOrEqualTo(PARALLELISM + 1))
        .thenRequest(3)
        .consumeNextWith(answer -> assertFirstToken(answer, 1))
        .consumeNextWith(answer -> assertFirstToken(answer, 2))
        .consumeNextWith(answer -> assertFirstToken(answer, 3))
        .then(() -> assertThat(asked.get()).isLessThanOrEqualTo(PARALLELISM + 4))
        .thenCancel()
        .verify();
  }

  @Test
  void keepsTheOrder() {
    StepVerifier.Step<ArrowBatch> steps = StepVerifier.create(session.inferAll(batches(50)));
    for (int i = 0; i < 50; i++) {
      int expected = i;
      steps = steps.consumeNextWith(answer -> assertFirstToken(answer, expected));
    }
    steps.verifyComplete();
  }

  @Test
  void anErrorInTheMiddleLeavesNothing() {
    Flux<ArrowBatch> withABadOne =
        batches(20)
            .index()
            .map(
                numbered -> {
                  if (numbered.getT1() != 7) {
                    return numbered.getT2();
                  }
                  numbered.getT2().close();
                  return TokenBatches.of(scope, List.of(new long[] {999}));
                });
    StepVerifier.create(session.inferAll(withABadOne))
        .thenConsumeWhile(
            answer -> {
              answer.close();
              return true;
            })
        .verifyError(AcceleratorException.class);
  }

  @Test
  void anErrorOfTheSourceLeavesNothing() {
    StepVerifier.create(
            session.inferAll(
                Flux.concat(batches(5), Flux.error(new IllegalStateException("source")))))
        .thenConsumeWhile(
            answer -> {
              answer.close();
              return true;
            })
        .verifyErrorMessage("source");
  }

  @Test
  void aCancellationAtAnyPointLeavesNothing() {
    for (int taken = 0; taken < 40; taken++) {
      session.inferAll(batches(40)).take(taken, true).doOnNext(ArrowBatch::close).blockLast();
    }
  }

  /** Batches of one row, whose token tells their place. Made when asked for. */
  private Flux<ArrowBatch> batches(int count) {
    return Flux.range(0, count)
        .doOnRequest(asked::addAndGet)
        .map(i -> TokenBatches.of(scope, List.of(new long[] {i % TinyModel.TABLE.length})));
  }

  private static void assertFirstToken(ArrowBatch answer, int place) {
    try (answer) {
      assertThat(Vectors.of(answer).get(0))
          .containsExactly(TinyModel.TABLE[place % TinyModel.TABLE.length]);
    }
  }
}
