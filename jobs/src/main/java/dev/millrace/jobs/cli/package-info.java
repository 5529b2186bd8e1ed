/** The command line: options, how they are parsed and checked, what is said when they are wrong. */
@NullMarked
package dev.millrace.jobs.cli;

import org.jspecify.annotations.NullMarked;
