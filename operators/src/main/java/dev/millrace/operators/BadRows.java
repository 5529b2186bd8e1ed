package dev.millrace.operators;

import org.apache.flink.util.FlinkRuntimeException;

/**
 * Decides about the rows that cannot be inferred, and notices when there are so many that it is not
 * the rows that are bad: more than a share of the last rows that were done. Used on the task's
 * thread.
 *
 * <p>It costs nothing until a row is bad: what is kept is when, in rows that were done, each of the
 * last bad ones was.
 */
final class BadRows {

  private final OnBadRow policy;
  private final double mostShare;
  private final int window;
  private final String accelerator;
  private final long[] lastAt;
  private int next;
  private long count;

  BadRows(InferenceSettings settings) {
    this.policy = settings.onBadRow();
    this.mostShare = settings.maxDeadLetterShare();
    this.window = settings.deadLetterWindow();
    this.accelerator = settings.accelerator();
    this.lastAt = new long[(int) (mostShare * window) + 1];
  }

  /**
   * Counts a bad row.
   *
   * @param rowsDone rows that were done so far, this one included
   * @return whether it is to leave as a dead letter, and not with null for a vector
   * @throws FlinkRuntimeException if the job is not to go on
   */
  boolean isDeadLetter(String category, String reason, long rowsDone) {
    if (policy == OnBadRow.FAIL) {
      throw new FlinkRuntimeException(
          "A row cannot be inferred ("
              + category
              + "): "
              + reason
              + " The option '"
              + InferenceOptions.ON_BAD_ROW.key()
              + "' is 'fail'; with 'dead-letter' or 'null' the job goes on without its vector.");
    }
    lastAt[next] = rowsDone;
    next = (next + 1) % lastAt.length;
    count++;
    long since = rowsDone - lastAt[next];
    if (count >= lastAt.length && since < window) {
      throw new FlinkRuntimeException(
          lastAt.length
              + " of the last "
              + (since + 1)
              + " rows could not be inferred, this one ("
              + category
              + ") because: "
              + reason
              + " Where so many fail it is rarely the rows: look after the accelerator "
              + accelerator
              + ", the model and where the text comes from. If the rows are that bad, allow more"
              + " with the option '"
              + InferenceOptions.MAX_DEAD_LETTER_SHARE.key()
              + "', now "
              + mostShare
              + " of "
              + window
              + " rows; 1 is no limit.");
    }
    return policy == OnBadRow.DEAD_LETTER;
  }
}
