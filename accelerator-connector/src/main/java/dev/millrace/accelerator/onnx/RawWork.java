package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.remote.RemoteWork;
import org.jspecify.annotations.Nullable;

/** A batch on one of a session's threads. */
final class RawWork implements RemoteWork {

  private final RawSession session;
  private final ArrowBatch batch;
  private volatile boolean cancelled;

  /**
   * @param batch borrowed until it has ended
   */
  RawWork(RawSession session, ArrowBatch batch) {
    this.session = session;
    this.batch = batch;
  }

  @Override
  public void start(Outcome outcome) {
    session.workers().execute(() -> run(outcome));
  }

  private void run(Outcome outcome) {
    ArrowBatch answer = null;
    AcceleratorException failure = null;
    if (!cancelled) {
      try {
        answer = session.run(batch);
      } catch (AcceleratorException failed) {
        failure = failed;
      }
    }
    end(outcome, answer, failure);
  }

  /** What comes after a cancellation is nobody's. */
  private void end(
      Outcome outcome, @Nullable ArrowBatch answer, @Nullable AcceleratorException failure) {
    if (cancelled && answer != null) {
      answer.close();
      outcome.end(null, null);
    } else {
      outcome.end(answer, failure);
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
  }
}
