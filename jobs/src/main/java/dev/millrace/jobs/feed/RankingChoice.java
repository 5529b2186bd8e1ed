package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Problems;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.OptionProblem;
import dev.millrace.pipelines.recommend.RankingModel;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.jspecify.annotations.Nullable;

/** Which model, if any, has a say in the order of feeds. */
final class RankingChoice {

  private static final int MOST_CANDIDATES = 1_000;

  private RankingChoice() {}

  /** The model, or null where none is wanted. Of values that were checked. */
  static @Nullable RankingModel model(ReadableConfig values) {
    InferenceSettings settings = settings(values);
    return settings == null
        ? null
        : new RankingModel(settings, values.get(RankingOptions.RANKING_CANDIDATES));
  }

  /** Whether it is asked once for a feed, and not once for each candidate. */
  static boolean asksByFeed(ReadableConfig values) {
    RankingModel model = model(values);
    return model != null && model.readsSequences();
  }

  /** As for the other model, but for what is said of this one. */
  private static @Nullable InferenceSettings settings(ReadableConfig values) {
    String model = values.get(RankingOptions.RANKING_MODEL);
    if (model == null) {
      return null;
    }
    Configuration inference = InferenceSettings.from(values).toConfiguration();
    inference.set(InferenceOptions.MODEL, model);
    values
        .getOptional(RankingOptions.RANKING_ACCELERATORS)
        .ifPresent(where -> inference.set(InferenceOptions.ACCELERATORS, where));
    return InferenceSettings.from(inference);
  }

  /**
   * Checks all of it. Takes seconds at most.
   *
   * @param given all that the user wrote
   */
  static void check(
      ReadableConfig values, Map<String, String> given, Problems problems, List<String> notes) {
    int candidates = values.get(RankingOptions.RANKING_CANDIDATES);
    if (candidates < 1 || candidates > MOST_CANDIDATES) {
      problems.add(
          RankingOptions.RANKING_CANDIDATES.key(),
          candidates,
          "it must be from 1 to " + MOST_CANDIDATES + ".");
    }
    InferenceSettings settings = settings(values);
    if (settings == null) {
      for (ConfigOption<?> idle : RankingOptions.ALL) {
        if (given.containsKey(idle.key())) {
          notes.add(
              "--"
                  + idle.key()
                  + " has no effect without --"
                  + RankingOptions.RANKING_MODEL.key()
                  + ".");
        }
      }
      return;
    }
    RankingModel model = new RankingModel(settings, Math.max(1, candidates));
    for (OptionProblem problem : model.problems()) {
      if (problem.option().equals(InferenceOptions.MODEL.key())) {
        problems.add(RankingOptions.RANKING_MODEL.key(), problem.value(), problem.remedy());
      } else if (problem.option().equals(InferenceOptions.ACCELERATORS.key())
          && given.containsKey(RankingOptions.RANKING_ACCELERATORS.key())) {
        problems.add(RankingOptions.RANKING_ACCELERATORS.key(), problem.value(), problem.remedy());
      }
      // All else is of both models, and said where the other one is checked.
    }
  }
}
