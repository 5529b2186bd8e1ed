package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Model.Classifier;
import dev.millrace.accelerator.ModelTask;
import java.util.Locale;

/** What a row is given to a model for. */
public enum InferenceTask {
  /** A text becomes a vector. */
  EMBEDDING(ModelTask.EMBEDDING),

  /** A text gets a score for each of the model's labels. */
  CLASSIFICATION(ModelTask.CLASSIFICATION),

  /** Parts of a text get labels. */
  TOKEN_CLASSIFICATION(ModelTask.TOKEN_CLASSIFICATION),

  /** A pair of texts, such as a query and a document, gets one score: a cross-encoder. */
  RERANKING(ModelTask.CLASSIFICATION),

  /** A prompt gets an answer. */
  GENERATION(ModelTask.GENERATION),

  /** Columns become the model's tensors, by their names, and its tensors columns. */
  RAW(ModelTask.RAW);

  private final ModelTask ofModel;

  InferenceTask(ModelTask ofModel) {
    this.ofModel = ofModel;
  }

  /** As users write it, such as {@code token-classification}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether a row has two texts, which the model reads together. */
  public boolean readsPairs() {
    return this == RERANKING;
  }

  /**
   * Checks that a model is for this.
   *
   * @throws AcceleratorException of category MODEL if it is not
   */
  public void require(Model model) {
    model.require(ofModel);
    Classifier classifier = model.classifier();
    if (this == RERANKING && classifier != null && classifier.labels().size() != 1) {
      throw new AcceleratorException(
          Category.MODEL,
          "The model '"
              + model.name()
              + "' gives a pair "
              + classifier.labels().size()
              + " scores, "
              + classifier.labels()
              + ", and the task "
              + this
              + " needs one that says how well the two go together. Name a cross-encoder that was"
              + " trained with one label.");
    }
  }
}
