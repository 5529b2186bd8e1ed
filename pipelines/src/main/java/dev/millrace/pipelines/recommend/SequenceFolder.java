package dev.millrace.pipelines.recommend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * The folder of a sequence model over item ids, such as SASRec: {@code model.onnx}, {@code
 * items.txt} and {@code config.json}.
 *
 * @param maxLength how many items of a person's history the model reads
 * @param padsLeft whether padding stands before the history, and not behind it
 */
record SequenceFolder(Path folder, int maxLength, boolean padsLeft) {
  static final String INPUT_IDS = "input_ids";
  static final String CANDIDATE_IDS = "candidate_ids";
  static final String SCORES = "scores";

  private static final String ITEMS = "items.txt";
  private static final String CONFIG = "config.json";
  private static final String MAX_LENGTH = "max_length";
  private static final String PADDING_SIDE = "padding_side";
  private static final int LONGEST = 4096;

  /** Whether a folder holds a sequence model: it has a list of items. */
  static boolean isOne(String nameOrFolder) {
    try {
      return Files.isRegularFile(Path.of(nameOrFolder, ITEMS));
    } catch (InvalidPathException noPath) {
      return false;
    }
  }

  /**
   * Reads {@code config.json}.
   *
   * @throws IllegalArgumentException that says what is wrong
   */
  static SequenceFolder read(String name) {
    Path folder = Path.of(name);
    Path file = folder.resolve(CONFIG);
    JsonNode config;
    try {
      config = new ObjectMapper().readTree(file.toFile());
    } catch (IOException unreadable) {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' holds "
              + ITEMS
              + ", so it is a sequence model, which needs "
              + CONFIG
              + " with a number '"
              + MAX_LENGTH
              + "': "
              + unreadable,
          unreadable);
    }
    JsonNode length = config.path(MAX_LENGTH);
    if (!length.isInt() || length.intValue() < 1 || length.intValue() > LONGEST) {
      throw new IllegalArgumentException(
          "'"
              + file
              + "': '"
              + MAX_LENGTH
              + "' is "
              + (length.isMissingNode() ? "not there" : length)
              + ". It must be a number from 1 to "
              + LONGEST
              + ": how many items of a history the model reads.");
    }
    JsonNode side = config.path(PADDING_SIDE);
    String padding = side.isMissingNode() ? "left" : side.asText();
    if (!padding.equals("left") && !padding.equals("right")) {
      throw new IllegalArgumentException(
          "'" + file + "': '" + PADDING_SIDE + "' is " + side + ". It must be left or right.");
    }
    return new SequenceFolder(folder, length.intValue(), padding.equals("left"));
  }

  ItemVocabulary vocabulary() {
    return ItemVocabulary.read(folder.resolve(ITEMS));
  }

  /**
   * Checks that a model's tensors are those that a sequence model has.
   *
   * @param candidates about how many the model is asked at once
   * @throws IllegalArgumentException with both sides, if they are not
   */
  void require(Signature signature, int candidates) {
    boolean fits =
        signature.inputs().size() == 2
            && has(signature.inputs(), INPUT_IDS, ElementType.INT64, maxLength)
            && has(signature.inputs(), CANDIDATE_IDS, ElementType.INT64, candidates)
            && has(signature.outputs(), SCORES, ElementType.FLOAT32, candidates);
    if (!fits) {
      throw new IllegalArgumentException(
          "The sequence model '"
              + folder
              + "' reads "
              + signature.inputs()
              + " and makes "
              + signature.outputs()
              + ". It must read "
              + INPUT_IDS
              + " INT64[rows, "
              + maxLength
              + "] and "
              + CANDIDATE_IDS
              + " INT64[rows, "
              + candidates
              + "], and nothing else, and make "
              + SCORES
              + " FLOAT32[rows, "
              + candidates
              + "]. Export it with these names and types, and with all dimensions open.");
    }
  }

  private static boolean has(List<TensorSpec> tensors, String name, ElementType type, long width) {
    return tensors.stream()
        .anyMatch(
            tensor ->
                tensor.name().equals(name)
                    && tensor.type() == type
                    && tensor.shape().size() == 2
                    && (tensor.shape().get(1) == TensorSpec.FREE
                        || tensor.shape().get(1) == width));
  }
}
