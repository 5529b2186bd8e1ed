package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.Model;
import java.util.ArrayList;
import java.util.List;

/** Made-up texts to try a graph on: the same ids each time, spread over the vocabulary. */
final class FixedTexts {

  private static final long MULTIPLIER = 48_271;

  private FixedTexts() {}

  /**
   * One text of each length, or of the model's most tokens where that is less.
   *
   * @param vocabulary ids are below it
   */
  static List<long[]> of(long vocabulary, Model model, int... lengths) {
    List<long[]> texts = new ArrayList<>();
    long id = 1;
    for (int length : lengths) {
      long[] ids = new long[Math.min(length, model.text().maxTokens())];
      for (int i = 0; i < ids.length; i++) {
        id = (id * MULTIPLIER) % Integer.MAX_VALUE;
        ids[i] = id % vocabulary;
      }
      texts.add(ids);
    }
    return texts;
  }
}
