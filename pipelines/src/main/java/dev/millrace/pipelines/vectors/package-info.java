/** Vectors off-heap, as whoever looks for the nearest reads them. */
@NullMarked
package dev.millrace.pipelines.vectors;

import org.jspecify.annotations.NullMarked;
