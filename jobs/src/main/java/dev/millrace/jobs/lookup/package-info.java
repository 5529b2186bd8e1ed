/** The look-up: people's latest feeds over HTTP, from the running job. */
@NullMarked
package dev.millrace.jobs.lookup;

import org.jspecify.annotations.NullMarked;
