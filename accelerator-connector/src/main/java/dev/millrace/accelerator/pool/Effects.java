package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import java.util.ArrayList;
import java.util.List;

/** What was decided under the pool's lock, to be done when it is given up. For one thread. */
final class Effects {

  private record Failure(PoolRun run, AcceleratorException cause) {}

  private final List<Attempt> sends = new ArrayList<>(2);
  private final List<Attempt> cancels = new ArrayList<>(0);
  private final List<Failure> failures = new ArrayList<>(0);
  private final List<Runnable> others = new ArrayList<>(0);

  void send(Attempt attempt) {
    attempt.run().hold();
    sends.add(attempt);
  }

  void cancel(Attempt attempt) {
    cancels.add(attempt);
  }

  void fail(PoolRun run, AcceleratorException cause) {
    failures.add(new Failure(run, cause));
  }

  void then(Runnable action) {
    others.add(action);
  }

  /** Does it all, devices first. Not under the lock. */
  void carryOut() {
    sends.forEach(Attempt::send);
    cancels.forEach(Attempt::cancel);
    others.forEach(Runnable::run);
    failures.forEach(failure -> failure.run.fail(failure.cause));
  }
}
