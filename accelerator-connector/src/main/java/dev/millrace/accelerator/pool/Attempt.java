package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/** One try of one batch on one device. */
final class Attempt implements CoreSubscriber<ArrowBatch> {

  private final Desk desk;
  private final PoolRun run;
  private final Device device;
  private final InferenceSession session;
  private final long sentAt;
  private long begunAt;
  private boolean begun;
  private boolean isHedged;

  /** Written under the pool's lock, and before {@link #cancel}. */
  private volatile boolean dropped;

  private volatile @Nullable Subscription subscription;
  private boolean told;

  /** Made under the pool's lock. */
  Attempt(Desk desk, PoolRun run, Device device, long now) {
    this.desk = desk;
    this.run = run;
    this.device = device;
    this.session = device.requireSession();
    this.sentAt = now;
    this.begunAt = now;
  }

  PoolRun run() {
    return run;
  }

  Device device() {
    return device;
  }

  long tokens() {
    return run.tokens();
  }

  int rows() {
    return run.rows();
  }

  /** The device has a lane for it from now on. */
  void begins(long now) {
    if (!begun) {
      begun = true;
      begunAt = now;
    }
  }

  boolean hasBegun() {
    return begun;
  }

  /** When the device could begin with it. */
  long begunAt() {
    return begunAt;
  }

  long sentAt() {
    return sentAt;
  }

  /** Whether a second device has it, too. */
  boolean isHedged() {
    return isHedged;
  }

  void hedge() {
    isHedged = true;
  }

  boolean isDropped() {
    return dropped;
  }

  /** What the device says of it does not count any more. {@link #cancel} follows. */
  void drop() {
    dropped = true;
  }

  /** Sends it. Not under the lock: a session may answer at once. */
  void send() {
    try {
      session.infer(run.batch()).subscribe(this);
    } catch (RuntimeException | Error unexpected) {
      onError(unexpected);
    } finally {
      run.letGo();
    }
  }

  @Override
  public void onSubscribe(Subscription s) {
    subscription = s;
    if (dropped) {
      s.cancel();
    } else {
      s.request(Long.MAX_VALUE);
    }
  }

  /** Tells the session that nobody waits. Not under the lock. */
  void cancel() {
    Subscription s = subscription;
    if (s != null) {
      s.cancel();
    }
  }

  @Override
  public void onNext(ArrowBatch answer) {
    if (told) {
      answer.close();
      return;
    }
    told = true;
    desk.answered(this, answer);
  }

  @Override
  public void onError(Throwable failure) {
    if (told) {
      return;
    }
    told = true;
    desk.failed(
        this,
        failure instanceof AcceleratorException known
            ? known
            : new AcceleratorException(
                Category.DEVICE,
                "The accelerator " + session.accelerator() + " failed with " + failure,
                failure));
  }

  @Override
  public void onComplete() {
    if (!told) {
      onError(
          new AcceleratorException(
              Category.OUTPUT,
              "The accelerator "
                  + session.accelerator()
                  + " ended a batch of "
                  + run.rows()
                  + " rows without an answer."));
    }
  }
}
