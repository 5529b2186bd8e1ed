/** Conditions on rows as people write them, on whatever the rows are made of. */
@NullMarked
package dev.millrace.jobs.condition;

import org.jspecify.annotations.NullMarked;
