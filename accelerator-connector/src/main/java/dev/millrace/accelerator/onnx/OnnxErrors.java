package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OrtException;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import java.util.List;
import java.util.Locale;
import org.apache.arrow.memory.OutOfMemoryException;

/** Tells what kind of failure the runtime's exceptions are. */
final class OnnxErrors {

  /** The runtime has no code for it; these are the words of its allocators and of CUDA's. */
  private static final List<String> OUT_OF_MEMORY =
      List.of(
          "out of memory",
          "failed to allocate",
          "bad_alloc",
          "bad allocation",
          "available memory of",
          "out_of_memory");

  private OnnxErrors() {}

  /** A failure while a batch ran. {@code what} names accelerator, model, rows and tokens. */
  static AcceleratorException running(String what, Throwable failure) {
    if (failure instanceof AcceleratorException known) {
      return new AcceleratorException(known.category(), what + ": " + text(known), known);
    }
    if (failure instanceof OutOfMemoryException || failure instanceof OutOfMemoryError) {
      return new AcceleratorException(
          Category.OUT_OF_MEMORY,
          what
              + " had too little memory: "
              + failure.getMessage()
              + ". Give a smaller batch, or raise millrace.off-heap.limit.",
          failure);
    }
    Category category =
        failure instanceof OrtException runtime ? category(runtime) : Category.DEVICE;
    return new AcceleratorException(category, what + " failed: " + text(failure), failure);
  }

  /** A failure while a model was loaded. */
  static AcceleratorException loading(String what, Throwable failure) {
    if (failure instanceof AcceleratorException known) {
      return known;
    }
    Category category =
        failure instanceof OutOfMemoryException
                || failure instanceof OutOfMemoryError
                || isOutOfMemory(text(failure))
            ? Category.OUT_OF_MEMORY
            : failure instanceof OrtException ? Category.MODEL : Category.DEVICE;
    return new AcceleratorException(category, what + " failed: " + text(failure), failure);
  }

  private static Category category(OrtException failure) {
    if (isOutOfMemory(text(failure))) {
      return Category.OUT_OF_MEMORY;
    }
    return switch (failure.getCode()) {
      case ORT_INVALID_ARGUMENT -> Category.INPUT;
      case ORT_NO_SUCHFILE,
          ORT_NO_MODEL,
          ORT_INVALID_PROTOBUF,
          ORT_NOT_IMPLEMENTED,
          ORT_INVALID_GRAPH ->
          Category.MODEL;
      default -> Category.DEVICE;
    };
  }

  private static boolean isOutOfMemory(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return OUT_OF_MEMORY.stream().anyMatch(lower::contains);
  }

  private static String text(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message;
  }
}
