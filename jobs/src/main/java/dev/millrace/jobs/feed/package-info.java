/** The job behind {@code millrace feed}: its wiring, its progress and its report. */
@NullMarked
package dev.millrace.jobs.feed;

import org.jspecify.annotations.NullMarked;
