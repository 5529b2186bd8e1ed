package dev.millrace.accelerator;

import java.util.List;

/** A model's inputs and outputs, in the model's order. */
public record Signature(List<TensorSpec> inputs, List<TensorSpec> outputs) {

  public Signature {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** Whether the model has an input of that name. */
  public boolean hasInput(String name) {
    return inputs.stream().anyMatch(input -> input.name().equals(name));
  }
}
