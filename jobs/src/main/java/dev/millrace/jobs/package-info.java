/** What is deployed: the command line's entry point. */
@NullMarked
package dev.millrace.jobs;

import org.jspecify.annotations.NullMarked;
