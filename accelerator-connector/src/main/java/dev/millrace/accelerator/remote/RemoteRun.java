package dev.millrace.accelerator.remote;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * One run of one batch for one subscriber.
 *
 * <p>Two things happen exactly once, each by a compare-and-set, whatever races: the answer goes
 * either to the subscriber or, when the subscriber cancelled before, back to memory ({@link
 * #state}); and the reference to the batch is closed either when the work has ended, or by a
 * cancellation that comes before there was a place for it ({@link #begun}).
 */
final class RemoteRun implements Subscription, Places.Guest, RemoteWork.Outcome {

  private enum State {
    /** Subscribed to, not asked for. */
    NEW,
    /** Asked for: waits for a place, or is at the server. */
    STARTED,
    /** The subscriber has its answer. */
    ANSWERED,
    /** The subscriber wants none. */
    CANCELLED
  }

  private static final Logger LOG = LoggerFactory.getLogger(RemoteRun.class);

  private final Object session;
  private final Holds life;
  private final Places places;
  private final ArrowBatch batch;
  private final RemoteWork work;
  private final CoreSubscriber<? super ArrowBatch> subscriber;
  private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
  private final AtomicBoolean begun = new AtomicBoolean();

  /**
   * @param batch a reference that the run owns
   */
  RemoteRun(
      Object session,
      Holds life,
      Places places,
      ArrowBatch batch,
      RemoteWork work,
      CoreSubscriber<? super ArrowBatch> subscriber) {
    this.session = session;
    this.life = life;
    this.places = places;
    this.batch = batch;
    this.work = work;
    this.subscriber = subscriber;
  }

  @Override
  public void request(long n) {
    if (!Operators.validate(n) || !state.compareAndSet(State.NEW, State.STARTED)) {
      return;
    }
    if (!life.hold()) {
      batch.close();
      fail(
          new AcceleratorException(
              Category.UNAVAILABLE,
              session + " is closed. Keep it open for as long as it is used."));
      return;
    }
    places.enter(this);
  }

  @Override
  public boolean seat() {
    if (!begun.compareAndSet(false, true)) {
      return false;
    }
    work.start(this);
    return true;
  }

  @Override
  public void cancel() {
    if (state.compareAndSet(State.NEW, State.CANCELLED)) {
      batch.close();
    } else if (state.compareAndSet(State.STARTED, State.CANCELLED)) {
      if (begun.compareAndSet(false, true)) {
        batch.close();
        life.release();
      } else {
        work.cancel();
      }
    }
  }

  @Override
  public void end(@Nullable ArrowBatch answer, @Nullable AcceleratorException failure) {
    try {
      batch.close();
      places.leave();
      life.release();
    } catch (RuntimeException leak) {
      // A scope that closes with its last batch tells of what others left in it. The subscriber
      // waits all the same.
      LOG.error("{}: memory was not given back.", session, leak);
    }
    if (answer != null) {
      answer(answer);
    } else if (failure != null) {
      fail(failure);
    }
  }

  private void answer(ArrowBatch answer) {
    if (state.compareAndSet(State.STARTED, State.ANSWERED)) {
      subscriber.onNext(answer);
      subscriber.onComplete();
    } else {
      answer.close();
    }
  }

  private void fail(AcceleratorException failure) {
    if (state.compareAndSet(State.STARTED, State.ANSWERED)) {
      subscriber.onError(failure);
    }
  }
}
