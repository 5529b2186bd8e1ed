package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.time.Clock;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * One run of one batch for one subscriber. The device holds the batch until it has ended with it,
 * whether anybody waits for the answer or not.
 */
final class SimRun implements Subscription {

  private enum State {
    NEW,
    ASKED,
    ANSWERED,
    CANCELLED
  }

  private final SimSession session;
  private final ArrowBatch batch;
  private final CoreSubscriber<? super ArrowBatch> subscriber;
  private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

  /** Set by the session, under its lock. */
  Clock.@Nullable Alarm alarm;

  /**
   * @param batch a reference that the run owns
   */
  SimRun(SimSession session, ArrowBatch batch, CoreSubscriber<? super ArrowBatch> subscriber) {
    this.session = session;
    this.batch = batch;
    this.subscriber = subscriber;
  }

  ArrowBatch batch() {
    return batch;
  }

  @Override
  public void request(long n) {
    if (Operators.validate(n) && state.compareAndSet(State.NEW, State.ASKED)) {
      session.accept(this);
    }
  }

  @Override
  public void cancel() {
    if (state.compareAndSet(State.NEW, State.CANCELLED)) {
      batch.close();
    } else if (state.compareAndSet(State.ASKED, State.CANCELLED)) {
      session.dropIfQueued(this);
    }
  }

  /**
   * The device has ended with it.
   *
   * @param answer belongs to this run; null after a failure
   */
  void end(@Nullable ArrowBatch answer, @Nullable AcceleratorException failure) {
    batch.close();
    if (!state.compareAndSet(State.ASKED, State.ANSWERED)) {
      if (answer != null) {
        answer.close();
      }
    } else if (answer != null) {
      subscriber.onNext(answer);
      subscriber.onComplete();
    } else if (failure != null) {
      subscriber.onError(failure);
    }
  }
}
