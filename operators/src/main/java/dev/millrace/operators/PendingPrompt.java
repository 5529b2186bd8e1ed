package dev.millrace.operators;

/**
 * A prompt on its way to its answer.
 *
 * @param waiter who is told
 */
record PendingPrompt<W>(String prompt, W waiter) {}
