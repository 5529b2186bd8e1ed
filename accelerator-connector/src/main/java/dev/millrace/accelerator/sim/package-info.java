/**
 * A simulated device, {@code sim:NAME}: for tests, for demonstrations and for planning. Its
 * answers, its speed and its faults are made up; the batches and their memory are real.
 */
@NullMarked
package dev.millrace.accelerator.sim;

import org.jspecify.annotations.NullMarked;
