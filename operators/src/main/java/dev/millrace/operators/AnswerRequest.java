package dev.millrace.operators;

/**
 * Someone who asked for an answer. One of its methods is called, once.
 *
 * @param <A> what an answer is
 */
public interface AnswerRequest<A> {

  /** The answer is there; it is valid during the call. */
  void succeed(A answer);

  /**
   * There is no answer to this; others may have one.
   *
   * @param category what kind of failure, in capitals
   * @param reason in whole sentences
   * @param attempts how often an accelerator was asked
   */
  void fail(String category, String reason, int attempts);

  /** Nothing will have an answer any more. */
  void abandon(Throwable failure);
}
