package dev.millrace.pipelines.recommend;

import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.operators.InferenceSettings;

/**
 * A cross-encoder that has a say in the order of feeds: it reads what a person bought lately beside
 * the title of a candidate.
 *
 * @param settings which model, where it runs, and how
 * @param candidates how many of a feed's candidates it is asked about: those that are best without
 *     it
 */
public record RankingModel(InferenceSettings settings, int candidates) {
  public RankingModel {
    Checks.that(candidates >= 1, "candidates", candidates, "1 or more");
  }

  /** Whether its scores are probabilities, and not numbers of any size. */
  boolean givesProbabilities() {
    Model.Classifier classifier = Models.resolve(settings.model()).classifier();
    return classifier != null && classifier.activation() != Model.Activation.NONE;
  }
}
