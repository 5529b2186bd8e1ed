/** Tensors of any type and shape as columns, for models that are used as they are. */
@NullMarked
package dev.millrace.accelerator.tensor;

import org.jspecify.annotations.NullMarked;
