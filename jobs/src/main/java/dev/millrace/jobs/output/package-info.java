/** Rows to files and topics. */
@NullMarked
package dev.millrace.jobs.output;

import org.jspecify.annotations.NullMarked;
