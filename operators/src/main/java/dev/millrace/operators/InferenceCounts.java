package dev.millrace.operators;

/** Where an engine tells what it did. Called on the task's thread. */
interface InferenceCounts {

  /**
   * A batch came back.
   *
   * @param rows rows in it
   * @param tokens tokens in it, without padding
   * @param paddedTokens tokens that the device worked on, with padding
   * @param nanos time from sending it to its answer's arrival at the task
   */
  void batchDone(int rows, long tokens, long paddedTokens, long nanos);

  /** A row had its vector from the cache. */
  void cacheHit();

  /** A row shares the vector of a row with the same text that is under way. */
  void duplicate();

  /** A row became a dead letter. */
  void deadLetter();

  /** A batch is to be tried again, whole or in halves. */
  void retried();
}
