/**
 * {@code millrace bench}: measures Millrace beside the bare runtime and beside what users would
 * have instead, in one process and in turns.
 */
@NullMarked
package dev.millrace.jobs.bench;

import org.jspecify.annotations.NullMarked;
