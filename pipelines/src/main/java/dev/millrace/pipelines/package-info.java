/** Whole topologies, from stream to stream. */
@NullMarked
package dev.millrace.pipelines;

import org.jspecify.annotations.NullMarked;
