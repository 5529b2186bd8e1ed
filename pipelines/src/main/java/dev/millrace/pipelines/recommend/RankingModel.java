package dev.millrace.pipelines.recommend;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.InferenceTask;
import dev.millrace.operators.OptionProblem;
import java.util.ArrayList;
import java.util.List;

/**
 * A model that has a say in the order of feeds. Of what kind it is, its folder says: with {@code
 * items.txt} it is a sequence model over item ids, such as SASRec; otherwise a cross-encoder, which
 * reads what a person bought lately beside the title of a candidate.
 *
 * @param settings which model, where it runs, and how
 * @param candidates how many of a feed's candidates it is asked about: those that are best without
 *     it
 */
public record RankingModel(InferenceSettings settings, int candidates) {
  public RankingModel {
    Checks.that(candidates >= 1, "candidates", candidates, "1 or more");
  }

  /** Whether it is a sequence model over item ids, which is asked once for a feed. */
  public boolean readsSequences() {
    return SequenceFolder.isOne(settings.model());
  }

  /**
   * The model.
   *
   * @throws dev.millrace.accelerator.AcceleratorException if it cannot be read
   */
  public Model model() {
    return readsSequences() ? Models.raw(settings.model()) : Models.resolve(settings.model());
  }

  /** All that is wrong with the settings and the model's files. */
  public List<OptionProblem> problems() {
    if (!readsSequences()) {
      return settings.problems(InferenceTask.RERANKING);
    }
    List<OptionProblem> problems = new ArrayList<>(settings.rawProblems());
    if (problems.isEmpty()) {
      try {
        SequenceFolder unused = sequence();
      } catch (IllegalArgumentException | AcceleratorException wrong) {
        problems.add(
            new OptionProblem(
                InferenceOptions.MODEL.key(),
                settings.model(),
                String.valueOf(wrong.getMessage())));
      }
    }
    return problems;
  }

  /** The folder of a sequence model, checked with its items and its tensors. */
  SequenceFolder sequence() {
    SequenceFolder folder = SequenceFolder.read(settings.model());
    ItemVocabulary unused = folder.vocabulary();
    folder.require(settings.rawSignature(), candidates);
    return folder;
  }

  RankingReader reader() {
    return readsSequences()
        ? new SequenceReader(settings.model(), SequenceFolder.read(settings.model()).maxLength())
        : new RankingTexts.Reader();
  }

  /** Whether its scores are probabilities, and not numbers of any size. */
  boolean givesProbabilities() {
    Model.Classifier classifier = readsSequences() ? null : model().classifier();
    return classifier != null && classifier.activation() != Model.Activation.NONE;
  }
}
