package dev.millrace.operators;

import org.jspecify.annotations.Nullable;

/**
 * Someone who waits for the vector of a text. Those who wait for one text are a chain, and the text
 * is inferred once for all of them. Used on the task's thread alone.
 */
interface Waiter<W extends Waiter<W>> {

  /** The one behind it in the chain, or null at the chain's end. */
  @Nullable W nextWaiter();

  void setNextWaiter(@Nullable W next);
}
