/**
 * What connectors of models that embed have in common: a batch's token columns as memory, and the
 * column that the vectors are written into.
 */
@NullMarked
package dev.millrace.accelerator.embedding;

import org.jspecify.annotations.NullMarked;
