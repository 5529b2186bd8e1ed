package dev.millrace.operators;

import dev.millrace.accelerator.tensor.TensorValue;
import java.util.List;

/**
 * A row's tensors on their way to their answer.
 *
 * @param values one for each of the model's inputs, in their order
 * @param waiter who is told
 * @param since when it came
 */
record PendingTensors<W>(List<TensorValue> values, W waiter, long since) {}
