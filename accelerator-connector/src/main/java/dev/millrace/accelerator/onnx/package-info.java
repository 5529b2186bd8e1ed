/**
 * Local devices through ONNX Runtime: {@code onnx:cpu} and those of its other providers.
 *
 * <p>A batch's Arrow buffers are read where they lie, and the embedding column that is added to it
 * is the memory that the runtime wrote into.
 */
@NullMarked
package dev.millrace.accelerator.onnx;

import org.jspecify.annotations.NullMarked;
