/**
 * Several accelerators as one: a session whose batches go to whichever device will have them done
 * first, and elsewhere when a device fails.
 *
 * <p>{@code Dispatch}, {@code Device}, {@code Speed} and {@code Health} decide and touch nothing;
 * {@code PoolSession} does what they decide, outside of its lock.
 */
@NullMarked
package dev.millrace.accelerator.pool;

import org.jspecify.annotations.NullMarked;
