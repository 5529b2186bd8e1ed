package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was decided under the pool's lock, to be done when it is given up. For one thread. */
final class Effects {

  /** Most often there is one, or none. */
  private @Nullable Attempt send;

  private @Nullable List<Runnable> others;

  void send(Attempt attempt) {
    attempt.run().hold();
    if (send == null) {
      send = attempt;
    } else {
      then(attempt::send);
    }
  }

  void cancel(Attempt attempt) {
    then(attempt::cancel);
  }

  void fail(PoolRun run, AcceleratorException cause) {
    then(() -> run.fail(cause));
  }

  void then(Runnable action) {
    List<Runnable> all = others;
    if (all == null) {
      all = new ArrayList<>();
      others = all;
    }
    all.add(action);
  }

  /** Does it all, in this order. Not under the lock. */
  void carryOut() {
    if (send != null) {
      send.send();
    }
    if (others != null) {
      others.forEach(Runnable::run);
    }
  }
}
