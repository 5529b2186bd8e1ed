package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
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
 * #state}); and the reference to the batch is closed either by the thread that begins the work,
 * when it has ended, or by a cancellation that comes before ({@link #begun}).
 */
final class InferRun implements Subscription, BatchWork.Outcome {

  private enum State {
    /** Subscribed to, not asked for. */
    NEW,
    /** Asked for: queued or running. */
    STARTED,
    /** The subscriber has its answer. */
    ANSWERED,
    /** The subscriber wants none. */
    CANCELLED
  }

  private static final Logger LOG = LoggerFactory.getLogger(InferRun.class);
  private static final AtomicReferenceFieldUpdater<InferRun, State> STATE =
      AtomicReferenceFieldUpdater.newUpdater(InferRun.class, State.class, "state");
  private static final AtomicIntegerFieldUpdater<InferRun> BEGUN =
      AtomicIntegerFieldUpdater.newUpdater(InferRun.class, "begun");

  private final OnnxSession session;
  private final ArrowBatch batch;
  private final CoreSubscriber<? super ArrowBatch> subscriber;
  private volatile State state = State.NEW;

  @SuppressWarnings("UnusedVariable") // It is read through the updater.
  private volatile int begun;

  /**
   * @param batch a reference that the run owns
   */
  InferRun(OnnxSession session, ArrowBatch batch, CoreSubscriber<? super ArrowBatch> subscriber) {
    this.session = session;
    this.batch = batch;
    this.subscriber = subscriber;
  }

  @Override
  public void request(long n) {
    if (!Operators.validate(n) || !STATE.compareAndSet(this, State.NEW, State.STARTED)) {
      return;
    }
    if (!session.hold()) {
      batch.close();
      fail(
          new AcceleratorException(
              Category.UNAVAILABLE,
              session + " is closed. Keep it open for as long as it is used."));
      return;
    }
    session.workers().execute(this::begin);
  }

  @Override
  public void cancel() {
    if (STATE.compareAndSet(this, State.NEW, State.CANCELLED)) {
      batch.close();
    } else if (STATE.compareAndSet(this, State.STARTED, State.CANCELLED)
        && BEGUN.compareAndSet(this, 0, 1)) {
      // It waits in the queue, and will find nothing to do.
      batch.close();
      session.release();
    }
  }

  private void begin() {
    if (BEGUN.compareAndSet(this, 0, 1)) {
      new BatchWork(session, batch, this).begin();
    }
  }

  @Override
  public boolean isCancelled() {
    return state == State.CANCELLED;
  }

  @Override
  public void end(@Nullable ArrowBatch answer, @Nullable AcceleratorException failure) {
    try {
      batch.close();
      session.release();
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
    if (STATE.compareAndSet(this, State.STARTED, State.ANSWERED)) {
      subscriber.onNext(answer);
      subscriber.onComplete();
    } else {
      answer.close();
    }
  }

  private void fail(AcceleratorException failure) {
    if (STATE.compareAndSet(this, State.STARTED, State.ANSWERED)) {
      subscriber.onError(failure);
    }
  }
}
