package dev.millrace.accelerator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.accelerator.Model.Activation;
import dev.millrace.accelerator.Model.Classifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code config.json} says of a classifier, with the meanings and the defaults that Hugging
 * Face's transformers (pipelines of the tasks text-classification and token-classification) and
 * sentence-transformers' {@code CrossEncoder} give it.
 */
final class ClassifierFile {

  private static final String OF_TEXTS = "ForSequenceClassification";
  private static final String OF_TOKENS = "ForTokenClassification";

  private final FolderFiles files;
  private final Path file;
  private final JsonNode config;

  ClassifierFile(FolderFiles files, JsonNode config) {
    this.files = files;
    this.file = files.folder().resolve("config.json");
    this.config = config;
  }

  /** Null if the model is none, or, with problems, if it is one that cannot be used. */
  @Nullable Classifier read() {
    if (isFor(OF_TOKENS)) {
      List<String> labels = labels();
      return labels.isEmpty() ? null : new Classifier(labels, Activation.SOFTMAX, true);
    }
    if (!isFor(OF_TEXTS)) {
      return null;
    }
    List<String> labels = labels();
    Activation activation = activation(labels.size());
    return labels.isEmpty() || activation == null
        ? null
        : new Classifier(labels, activation, false);
  }

  private boolean isFor(String ending) {
    for (JsonNode architecture : config.path("architectures")) {
      if (architecture.asText().endsWith(ending)) {
        return true;
      }
    }
    return false;
  }

  private List<String> labels() {
    JsonNode byId = config.path("id2label");
    List<String> labels = new ArrayList<>();
    if (byId.isObject() && !byId.isEmpty()) {
      for (int id = 0; id < byId.size(); id++) {
        JsonNode label = byId.path(String.valueOf(id));
        if (!label.isTextual()) {
          files.problem(
              file,
              "has "
                  + byId.size()
                  + " entries in id2label and none with a text for "
                  + id
                  + ". It must name a label for each of 0 to "
                  + (byId.size() - 1)
                  + ".");
          return List.of();
        }
        labels.add(label.asText());
      }
      return labels;
    }
    // Transformers' own defaults, of which it writes nothing into the file.
    int count = config.path("num_labels").asInt(2);
    for (int id = 0; id < count; id++) {
      labels.add("LABEL_" + id);
    }
    if (labels.isEmpty()) {
      files.problem(file, "has num_labels = " + count + ", which must be at least 1.");
    }
    return labels;
  }

  private @Nullable Activation activation(int labels) {
    String chosen = config.path("sentence_transformers").path("activation_fn").asText("");
    if (chosen.isEmpty()) {
      chosen = config.path("sbert_ce_default_activation_function").asText("");
    }
    if (!chosen.isEmpty()) {
      String name = chosen.substring(chosen.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
      switch (name) {
        case "identity" -> {
          return Activation.NONE;
        }
        case "sigmoid" -> {
          return Activation.SIGMOID;
        }
        case "softmax" -> {
          return Activation.SOFTMAX;
        }
        default -> {
          files.problem(
              file,
              "asks for the activation function '"
                  + chosen
                  + "', which cannot be run. Identity, Sigmoid and Softmax can.");
          return null;
        }
      }
    }
    return switch (config.path("problem_type").asText("")) {
      case "regression" -> Activation.NONE;
      case "multi_label_classification" -> Activation.SIGMOID;
      case "single_label_classification" -> Activation.SOFTMAX;
      default -> labels == 1 ? Activation.SIGMOID : Activation.SOFTMAX;
    };
  }
}
