package dev.millrace.accelerator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.accelerator.Model.Pooling;
import dev.millrace.accelerator.Model.TextSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the JSON files of a model's folder say about length, pooling and normalisation. */
final class TextSettingsFiles {

  private static final String POOLING_FOLDER = "1_Pooling";

  private static final Map<String, Pooling> POOLING_NAMES =
      Map.of("mean", Pooling.MEAN, "cls", Pooling.CLS, "max", Pooling.MAX);

  /** The flags of the older form of the pooling file. */
  private static final Map<String, String> POOLING_FLAGS =
      Map.of(
          "pooling_mode_mean_tokens", "mean",
          "pooling_mode_cls_token", "cls",
          "pooling_mode_max_tokens", "max",
          "pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens",
          "pooling_mode_weightedmean_tokens", "weightedmean",
          "pooling_mode_lasttoken", "lasttoken");

  /** Models whose first position comes after the padding token's id, so that fewer are left. */
  private static final Set<String> POSITIONS_AFTER_PADDING =
      Set.of("roberta", "xlm-roberta", "camembert", "mpnet", "xlm-roberta-xl", "longformer");

  /** Hugging Face writes 1e30 for "no limit". */
  private static final double NO_LIMIT = 1e9;

  private final FolderFiles files;
  private final Path folder;
  private final @Nullable JsonNode config;

  /**
   * @param config what {@code config.json} holds; null, after a problem was noted, if it cannot be
   *     read
   */
  TextSettingsFiles(FolderFiles files, @Nullable JsonNode config) {
    this.files = files;
    this.folder = files.folder();
    this.config = config;
  }

  /**
   * The settings; null, and problems, if they cannot be had.
   *
   * @param ofClassifier whether nothing is pooled, whatever the files say
   */
  @Nullable TextSettings read(boolean ofClassifier) {
    int problemsBefore = files.problems().size();
    int maxTokens = readLength();
    if (ofClassifier) {
      return files.problems().size() > problemsBefore
          ? null
          : new TextSettings(maxTokens, Pooling.CLS, false);
    }
    boolean normalize = false;
    String poolingFolder = POOLING_FOLDER;
    boolean poolingRequired = false;
    JsonNode modules = files.optionalJson(folder.resolve("modules.json"));
    if (modules != null) {
      String listed = null;
      for (JsonNode module : modules) {
        String type = module.path("type").asText();
        switch (type.substring(type.lastIndexOf('.') + 1)) {
          case "Transformer" -> {}
          case "Pooling" -> listed = module.path("path").asText(POOLING_FOLDER);
          case "Normalize" -> normalize = true;
          default ->
              files.problem(
                  folder.resolve("modules.json"),
                  "lists the module '"
                      + type
                      + "', which cannot be run. Transformer, Pooling and Normalize can.");
        }
      }
      if (listed == null) {
        files.problem(
            folder.resolve("modules.json"),
            "lists no Pooling module, so it does not say how tokens become one vector. Save the"
                + " model again with sentence-transformers, or remove the file to have the mean.");
      } else {
        poolingFolder = listed;
        poolingRequired = true;
      }
    }
    Pooling pooling = readPooling(poolingFolder, poolingRequired);
    return files.problems().size() > problemsBefore || pooling == null
        ? null
        : new TextSettings(maxTokens, pooling, normalize);
  }

  private @Nullable Pooling readPooling(String place, boolean required) {
    Path file = folder.resolve(place).resolve("config.json").normalize();
    if (!file.startsWith(folder.normalize())) {
      files.problem(
          folder.resolve("modules.json"),
          "has the Pooling module outside the model's folder: '" + place + "'.");
      return null;
    }
    JsonNode json;
    if (required) {
      byte[] bytes =
          files.required(file, "the Pooling module's settings, which modules.json lists");
      json = bytes == null ? null : files.parse(file, bytes);
      if (json == null) {
        return null;
      }
    } else {
      json = files.optionalJson(file);
    }
    if (json == null) {
      return Pooling.MEAN;
    }
    List<String> modes = poolingModes(json);
    Pooling pooling = modes.size() == 1 ? POOLING_NAMES.get(modes.get(0)) : null;
    if (pooling == null) {
      files.problem(
          file,
          (modes.isEmpty()
                  ? "switches every way of pooling off."
                  : "asks for pooling by " + String.join(" and ", modes) + ", which cannot be run.")
              + " One of mean, cls and max can.");
    }
    return pooling;
  }

  private static List<String> poolingModes(JsonNode json) {
    if (json.has("pooling_mode")) {
      return List.of(json.path("pooling_mode").asText().split("\\+"));
    }
    List<String> modes = new ArrayList<>();
    boolean said = false;
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      if (field.getKey().startsWith("pooling_mode_")) {
        said = true;
        if (field.getValue().asBoolean()) {
          modes.add(POOLING_FLAGS.getOrDefault(field.getKey(), field.getKey()));
        }
      }
    }
    return said ? modes : List.of("mean");
  }

  /** Tokens after which a text is cut; 0, and a problem, if no file says. */
  private int readLength() {
    int positions = config == null ? 0 : positions(config);

    Path tokenizerFile = folder.resolve("tokenizer_config.json");
    JsonNode tokenizer = files.optionalJson(tokenizerFile);
    int tokenizerLimit =
        tokenizer == null ? 0 : positive(tokenizerFile, tokenizer, "model_max_length");

    Path textFile = folder.resolve("sentence_bert_config.json");
    JsonNode text = files.optionalJson(textFile);
    int limit = text == null ? 0 : positive(textFile, text, "max_seq_length");

    int tokens = limit > 0 ? limit : tokenizerLimit;
    if (tokens == 0 || (positions > 0 && positions < tokens)) {
      tokens = positions;
    }
    if (tokens == 0 && config != null) {
      files.problem(
          folder.resolve("config.json"),
          "does not say how many tokens the model takes. Write max_position_embeddings into it, or"
              + " {\"max_seq_length\": N} into sentence_bert_config.json.");
    }
    return tokens;
  }

  private int positions(JsonNode config) {
    Path file = folder.resolve("config.json");
    int positions = positive(file, config, "max_position_embeddings");
    if (positions > 0 && POSITIONS_AFTER_PADDING.contains(config.path("model_type").asText())) {
      positions -= config.path("pad_token_id").asInt(1) + 1;
    }
    return positions > 0 ? positions : positive(file, config, "n_positions");
  }

  /** The whole number of that name; 0 if there is none, or none that is a limit. */
  private int positive(Path file, JsonNode json, String name) {
    JsonNode value = json.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return 0;
    }
    if (!value.isNumber()) {
      files.problem(file, "has " + name + " = " + value + ", which must be a whole number.");
      return 0;
    }
    double number = value.asDouble();
    return number >= 1 && number < NO_LIMIT ? (int) number : 0;
  }
}
