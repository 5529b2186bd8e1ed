package dev.millrace.accelerator.pool;

import static java.util.Objects.requireNonNull;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.embedding.Likeness;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The canary's answer as this process's own processor computes it, for devices that have none like
 * them to be compared with. The model is loaded there once, and let go. Safe for use by several
 * threads.
 */
final class ProcessorAnswer {

  static final AcceleratorUri PROCESSOR = AcceleratorUri.parse("onnx:cpu");

  /** Other precisions round otherwise; int8 made of float32 stays above it. */
  static final double LEAST_IN_ANOTHER_PRECISION = 0.95;

  private static final class Answer {
    final String digest;
    final float[][] vectors;

    Answer(String digest, float[][] vectors) {
      this.digest = digest;
      this.vectors = vectors;
    }
  }

  private final Model model;
  private final SessionOptions options;
  private final Likeness likeness;
  private final double tolerance;
  private final Set<Integer> compared = new HashSet<>();
  private @Nullable Answer answer;

  /**
   * @param likeness how answers are compared
   * @param tolerance the least likeness of two answers of one digest
   */
  ProcessorAnswer(Model model, SessionOptions options, Likeness likeness, double tolerance) {
    this.model = model;
    this.options = options;
    this.likeness = likeness;
    this.tolerance = tolerance;
  }

  /**
   * From now on a device is compared. Computes the answer if it is not there. Blocks.
   *
   * @param input borrowed; null if the model has none whose answer is known
   * @throws AcceleratorException if the model cannot be run on the processor
   */
  synchronized void compare(int device, @Nullable ArrowBatch input) {
    if (answer == null) {
      answer = compute(input);
    }
    compared.add(device);
  }

  private Answer compute(@Nullable ArrowBatch input) {
    if (input != null) {
      try (InferenceSession session = Sessions.open(PROCESSOR, model, options);
          ArrowBatch answered = requireNonNull(session.infer(input).block())) {
        float[][] vectors = Canary.vectorsOf(answered, model.task().column());
        if (vectors != null) {
          return new Answer(session.digest(), vectors);
        }
      }
    }
    throw new AcceleratorException(
        Category.CONFIGURATION,
        "known-answer=cpu is for models that answer vectors or scores of texts. Leave it out with "
            + model.name()
            + ".");
  }

  /** What is wrong with a device's answer, in words; null if nothing is, or it is not compared. */
  synchronized @Nullable String problemOf(int device, String digest, float[][] vectors) {
    Answer own = answer;
    if (own == null || !compared.contains(device)) {
      return null;
    }
    double needed = own.digest.equals(digest) ? tolerance : LEAST_IN_ANOTHER_PRECISION;
    double like = likeness.least(own.vectors, vectors);
    return like >= needed
        ? null
        : String.format(
            Locale.ROOT,
            "its answer to an input with a known answer has a %s of %.5f to that of this process's"
                + " processor, and %.4f is needed",
            likeness == Likeness.OF_VECTORS ? "cosine" : "likeness",
            like,
            needed);
  }
}
