package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.onnx.proto.ModelProtoOrBuilder;

/** The version of the standard operators that a model is written in. */
final class Opsets {

  /** The oldest with all the operators that are appended; of 2018. */
  static final int OLDEST = 9;

  private Opsets() {}

  /** The version, or 0 if the model names none. */
  static long standard(ModelProtoOrBuilder model) {
    return model.getOpsetImportList().stream()
        .filter(set -> set.getDomain().isEmpty() || set.getDomain().equals("ai.onnx"))
        .mapToLong(set -> set.getVersion())
        .max()
        .orElse(0);
  }
}
