package dev.millrace.operators;

import dev.millrace.accelerator.InferenceSession;
import java.util.HashMap;
import java.util.Map;

/**
 * How many tokens, padding included, an accelerator takes at once, as its answers teach. All
 * subtasks of the process that run the same model on the same accelerator share one.
 *
 * <p>It begins without a limit. Running out of memory halves it. A run of batches that filled it
 * and fitted raises it by an eighth, to find out whether there is more memory now; each time that
 * turns out wrong, the next run has to be twice as long.
 *
 * <p>Safe for use by several threads.
 */
final class DeviceBudget implements AutoCloseable {

  private static final int FIRST_RUN = 32;
  private static final int LONGEST_RUN = 4096;
  private static final int STEP_SHARE = 8;

  private static final Map<Key, DeviceBudget> SHARED = new HashMap<>();

  private record Key(String accelerator, String modelDigest) {}

  private final Key key;
  private int users;
  private volatile int tokens = Integer.MAX_VALUE;
  private int run = FIRST_RUN;
  private int fitted;
  private boolean raised;

  private DeviceBudget(Key key) {
    this.key = key;
  }

  /** The one of a session's accelerator and model. The caller closes it once. */
  static DeviceBudget of(InferenceSession session) {
    Key key = new Key(session.accelerator().toString(), session.digest());
    synchronized (SHARED) {
      DeviceBudget shared = SHARED.computeIfAbsent(key, DeviceBudget::new);
      shared.users++;
      return shared;
    }
  }

  /** The most tokens at once; {@link Integer#MAX_VALUE} without a limit. */
  int tokens() {
    return tokens;
  }

  /** So many tokens were too many. */
  synchronized void exceeded(int padded) {
    tokens = Math.max(1, Math.min(tokens, padded / 2));
    if (raised) {
      run = Math.min(LONGEST_RUN, run * 2);
      raised = false;
    }
    fitted = 0;
  }

  /**
   * A batch of so many tokens fitted.
   *
   * @param width tokens of each of its rows
   */
  void fitted(int padded, int width) {
    if (tokens != Integer.MAX_VALUE && (long) padded + width > tokens) {
      countFitted();
    }
  }

  private synchronized void countFitted() {
    fitted++;
    if (fitted >= run) {
      fitted = 0;
      raised = true;
      tokens = (int) Math.min(Integer.MAX_VALUE, tokens + Math.max(1L, tokens / STEP_SHARE));
    }
  }

  @Override
  public void close() {
    synchronized (SHARED) {
      if (--users == 0) {
        SHARED.remove(key);
      }
    }
  }
}
