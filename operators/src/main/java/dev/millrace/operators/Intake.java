package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where rows wait for their batch on their way into an engine, and what takes a batch's answer
 * apart. Used on the task's thread.
 */
interface Intake extends AutoCloseable {

  /** Who waits for an answer. Called on the task's thread. */
  interface Receiver<W, A> {

    /** The answer is there; it is valid during the call. */
    void succeed(W waiter, A answer);

    /**
     * There will be no answer.
     *
     * @param attempts how often an accelerator was asked
     */
    void fail(W waiter, String category, String reason, int attempts);
  }

  /** Whether a batch is full. */
  boolean isAnyFull();

  /** Whether there are full batches enough to go on with. */
  boolean isStocked();

  /** Whether so much waits, none of it in a full batch, that more would not make better ones. */
  boolean isCrowded();

  /** Whether rows wait in batches that are not full. */
  boolean isAnyPartial();

  /** When the oldest row of those that are in no full batch came; only if there is one. */
  long oldest();

  /** Distinct inputs that have no answer yet. */
  int pending();

  /** The most padded tokens in a batch. */
  int budget();

  /** From here on batches hold at most so many padded tokens, and never more than at first. */
  void limitBudget(int limit);

  /** Batches that may be at the accelerator at once. */
  int mostInFlight();

  /** How long the accelerator may take for a batch; null if the session sees to that itself. */
  @Nullable Duration deadline();

  /**
   * Takes a batch out.
   *
   * @param evenIfNotFull whether one that is not full will do
   * @return null if there is none
   */
  @Nullable InferenceWork takeBatch(boolean evenIfNotFull);

  /**
   * Whether all that waits would go together as one batch, and is little for the accelerator, also
   * with what it has already.
   *
   * @param already padded tokens
   */
  boolean isLittle(long already);

  /** Takes all that waits as one batch, if it {@link #isLittle}. */
  InferenceWork takeAll();

  /**
   * What is wrong with the form of an answer, as the end of a sentence that begins with the
   * accelerator; null if nothing is.
   *
   * @param rows rows that were asked for
   */
  @Nullable String problemOf(ArrowBatch answer, int rows);

  /** Gives up all that waits. */
  @Override
  void close();
}
