package dev.millrace.accelerator;

import java.util.List;

/** A model's inputs and outputs, in the model's order. */
public record Signature(List<TensorSpec> inputs, List<TensorSpec> outputs) {

  public Signature {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** Whether the model takes one row at a time and no more. */
  public boolean takesOneRow() {
    return inputs.stream().anyMatch(input -> !input.shape().isEmpty() && input.shape().get(0) == 1);
  }
}
