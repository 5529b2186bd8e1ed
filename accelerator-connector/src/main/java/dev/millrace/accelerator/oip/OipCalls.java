package dev.millrace.accelerator.oip;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.arrow.memory.OutOfMemoryException;
import org.jspecify.annotations.Nullable;

/**
 * The requests that one batch is: sent together, over with the last of them, and cancelled with the
 * first that fails. Callable from any thread.
 */
final class OipCalls {

  private final OipServer server;
  private final int rows;
  private final Runnable end;
  private final AtomicReference<@Nullable AcceleratorException> failure = new AtomicReference<>();
  private final AtomicInteger left = new AtomicInteger();
  private final long startedAt = System.nanoTime();
  private volatile boolean cancelled;
  private volatile List<OipCall> calls = List.of();

  /**
   * @param rows of the batch, for messages
   * @param end called once, when nothing reads the batch any more
   */
  OipCalls(OipServer server, int rows, Runnable end) {
    this.server = server;
    this.rows = rows;
    this.end = end;
  }

  /**
   * Sends requests; what making them throws is the batch's failure.
   *
   * @param requests each of whose owners tells {@link #ended}
   */
  void start(Supplier<List<OipCall>> requests) {
    List<OipCall> made = List.of();
    try {
      made = requests.get();
    } catch (RuntimeException unfit) {
      failure.set(failed(unfit));
    }
    if (made.isEmpty()) {
      end.run();
      return;
    }
    left.set(made.size());
    calls = made;
    for (OipCall call : made) {
      if (cancelled || failure.get() != null) {
        call.cancel();
      }
      call.start(server.channel(), server.deadline().toMillis());
    }
  }

  /** One has ended. */
  void ended(Status status) {
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      server.late();
    }
    if (!status.isOk() && !cancelled && failure.get() == null) {
      failure.compareAndSet(null, server.failure(describe(), status));
      calls.forEach(OipCall::cancel);
    }
    if (left.decrementAndGet() == 0) {
      end.run();
    }
  }

  void cancel() {
    cancelled = true;
    calls.forEach(OipCall::cancel);
    // Whoever sent the batch has a deadline, too, which began a little before.
    Duration waited = Duration.ofNanos(System.nanoTime() - startedAt);
    if (!calls.isEmpty() && waited.compareTo(server.deadline().multipliedBy(9).dividedBy(10)) > 0) {
      server.late();
    }
  }

  boolean areCancelled() {
    return cancelled;
  }

  /** Why the batch has no answer; null if it has, or was cancelled before anything failed. */
  @Nullable AcceleratorException failure() {
    return failure.get();
  }

  /** What is thrown on this side, as the batch's failure. */
  AcceleratorException failed(RuntimeException thrown) {
    if (thrown instanceof AcceleratorException known) {
      return new AcceleratorException(
          known.category(), describe() + ": " + known.getMessage(), known);
    }
    return new AcceleratorException(
        thrown instanceof OutOfMemoryException ? Category.OUT_OF_MEMORY : Category.DEVICE,
        describe() + " failed: " + thrown,
        thrown);
  }

  private String describe() {
    return server.describe() + " on " + rows + " rows";
  }
}
