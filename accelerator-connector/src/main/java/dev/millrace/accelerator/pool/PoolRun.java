package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.ArrowBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * One batch for one subscriber, wherever it runs. The batch is held once for the subscriber, and
 * once for each attempt until it has been handed to its session, which then holds it itself.
 */
final class PoolRun implements Subscription {

  private final Desk desk;
  private final ArrowBatch batch;
  private final CoreSubscriber<? super ArrowBatch> subscriber;
  private final int rows;
  private final long tokens;
  private final AtomicInteger holds = new AtomicInteger(1);
  private final AtomicBoolean asked = new AtomicBoolean();

  // Guarded by the pool's lock from here on.

  /** Where it is at this moment. */
  private final List<Attempt> attempts = new ArrayList<>(2);

  /** Where it failed. */
  private final List<Device> tried = new ArrayList<>(0);

  private boolean over;
  private int badAnswers;
  private long queuedAt;
  private @Nullable AcceleratorException lastFailure;

  /**
   * @param batch a reference that the run owns
   */
  PoolRun(
      Desk desk,
      ArrowBatch batch,
      String tokenColumn,
      CoreSubscriber<? super ArrowBatch> subscriber) {
    this.desk = desk;
    this.batch = batch;
    this.subscriber = subscriber;
    this.rows = batch.rowCount();
    this.tokens =
        batch.column(tokenColumn) instanceof FixedSizeListVector ids
            ? Math.max(1, (long) rows * ids.getListSize())
            : Math.max(1, rows);
  }

  ArrowBatch batch() {
    return batch;
  }

  int rows() {
    return rows;
  }

  /** Padding included. */
  long tokens() {
    return tokens;
  }

  List<Attempt> attempts() {
    return attempts;
  }

  List<Device> tried() {
    return tried;
  }

  /** Whether the subscriber has its answer, or wants none. */
  boolean isOver() {
    return over;
  }

  void setOver() {
    over = true;
  }

  /** How often an answer to it was none. */
  int badAnswers() {
    return badAnswers;
  }

  void addBadAnswer() {
    badAnswers++;
  }

  long queuedAt() {
    return queuedAt;
  }

  void setQueuedAt(long nanos) {
    queuedAt = nanos;
  }

  @Nullable AcceleratorException lastFailure() {
    return lastFailure;
  }

  void setLastFailure(AcceleratorException failure) {
    lastFailure = failure;
  }

  /** An attempt is about to be sent. */
  void hold() {
    holds.incrementAndGet();
  }

  void letGo() {
    if (holds.decrementAndGet() == 0) {
      batch.close();
    }
  }

  @Override
  public void request(long n) {
    if (Operators.validate(n) && asked.compareAndSet(false, true)) {
      desk.submit(this);
    }
  }

  @Override
  public void cancel() {
    if (asked.compareAndSet(false, true)) {
      letGo();
    } else {
      desk.cancelled(this);
    }
  }

  /** The subscriber gets its answer. Not under the lock; once, after {@link #setOver}. */
  void answer(ArrowBatch answer) {
    letGo();
    subscriber.onNext(answer);
    subscriber.onComplete();
  }

  /** The subscriber gets none. Not under the lock; once, after {@link #setOver}. */
  void fail(AcceleratorException failure) {
    letGo();
    subscriber.onError(failure);
  }
}
