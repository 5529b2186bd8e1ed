/** Where the commands run Flink. */
@NullMarked
package dev.millrace.jobs.flink;

import org.jspecify.annotations.NullMarked;
