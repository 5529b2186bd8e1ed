/** Rows to files. */
@NullMarked
package dev.millrace.jobs.output;

import org.jspecify.annotations.NullMarked;
