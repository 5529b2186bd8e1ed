package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/**
 * What an accelerator says to one batch, on its way from the accelerator's thread to the task's.
 *
 * <p>Exactly one of three has the result: this object while it waits to be fetched, the task once
 * it took it, nobody after it was given up. Each change is one compare-and-set, so that a late
 * answer, a time-out and a closing task can meet in any order and the memory is freed once.
 */
final class Answer extends BaseSubscriber<ArrowBatch> {

  private enum Mark {
    WAITING,
    FETCHED,
    GIVEN_UP
  }

  private final Runnable arrived;
  private final AtomicReference<Object> state = new AtomicReference<>(Mark.WAITING);

  /**
   * @param arrived called once, on the accelerator's thread, when there is something to fetch
   */
  Answer(Runnable arrived) {
    this.arrived = arrived;
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    subscription.request(1);
  }

  @Override
  protected void hookOnNext(ArrowBatch batch) {
    if (state.compareAndSet(Mark.WAITING, batch)) {
      arrived.run();
    } else {
      batch.close();
    }
  }

  @Override
  protected void hookOnError(Throwable failure) {
    if (state.compareAndSet(Mark.WAITING, failure)) {
      arrived.run();
    }
  }

  @Override
  protected void hookOnComplete() {
    // After a result it has no more to say, and an exception for each batch would be dear.
    if (isWaiting()) {
      hookOnError(
          new IllegalStateException(
              "The accelerator ended its answer without a result or an error."));
    }
  }

  /**
   * Takes what arrived: an {@link ArrowBatch}, which then belongs to the caller, or a {@link
   * Throwable}; null if there is nothing to take.
   */
  @Nullable Object fetch() {
    Object found = state.get();
    return !(found instanceof Mark) && state.compareAndSet(found, Mark.FETCHED) ? found : null;
  }

  /** Whether it still waits for the accelerator. */
  boolean isWaiting() {
    return state.get() == Mark.WAITING;
  }

  /** Frees what arrived, or will arrive, and tells the accelerator. Idempotent. */
  void giveUp() {
    Object found = state.getAndSet(Mark.GIVEN_UP);
    if (found instanceof ArrowBatch batch) {
      batch.close();
    }
    if (found == Mark.WAITING) {
      cancel();
    }
  }
}
