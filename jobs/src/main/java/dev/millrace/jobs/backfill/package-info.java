/** {@code millrace backfill}: a table of files through a model, restartable, each row once. */
@NullMarked
package dev.millrace.jobs.backfill;

import org.jspecify.annotations.NullMarked;
