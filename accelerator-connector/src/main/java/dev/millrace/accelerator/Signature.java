package dev.millrace.accelerator;

import java.util.List;

/** A model's inputs and outputs, in the model's order. */
public record Signature(List<TensorSpec> inputs, List<TensorSpec> outputs) {

  public Signature {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
