/**
 * Flink operators that take rows to accelerators and back: batching, tokenising, inference in
 * flight, un-batching, dead letters.
 *
 * <p>{@link dev.millrace.operators.EmbeddingOperatorFactory} is the way in; {@link
 * dev.millrace.operators.InferenceOptions} declares what a user can set.
 */
@NullMarked
package dev.millrace.operators;

import org.jspecify.annotations.NullMarked;
