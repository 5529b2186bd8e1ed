package dev.millrace.accelerator.servers;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs a graph on what a request has for a row: tokens, or texts, which Hugging Face's own
 * tokenizer reads. Options:
 *
 * <ul>
 *   <li>{@code tokenizer}: its file, without which only tokens are taken; {@code longest}: tokens
 *       after which a text is cut;
 *   <li>{@code input=text}: tokens are refused
 * </ul>
 */
final class ServedTexts {

  private final Map<String, String> options;
  private final PlainModel model;
  private final @Nullable HuggingFaceTokenizer tokenizer;

  ServedTexts(Map<String, String> options, PlainModel model) throws IOException {
    this.options = options;
    this.model = model;
    String file = options.get("tokenizer");
    this.tokenizer =
        file == null
            ? null
            : HuggingFaceTokenizer.newInstance(
                Path.of(file),
                Map.of(
                    "truncation",
                    "true",
                    "maxLength",
                    options.getOrDefault("longest", "256"),
                    "padding",
                    "false"));
  }

  /** The graph's numbers for a row, alone: of tokens, or of a text. */
  float[] of(JsonNode input) throws Exception {
    return run(input).values;
  }

  /** The graph's numbers for a pair of texts. */
  float[] of(String first, String second) throws Exception {
    return run(require().encode(first, second)).values;
  }

  /** The mean of the graph's vectors for the tokens of a row. */
  float[] meanOf(JsonNode input) throws Exception {
    PlainModel.Hidden hidden = run(input);
    long[] mask = new long[hidden.tokens];
    Arrays.fill(mask, 1);
    return PlainModel.meanOf(hidden, mask, 0);
  }

  private PlainModel.Hidden run(JsonNode input) throws Exception {
    if (input.isTextual()) {
      return run(require().encode(input.textValue()));
    }
    if (!input.isArray() || input.isEmpty() || "text".equals(options.get("input"))) {
      throw new IllegalArgumentException("input is not what this server takes: " + input);
    }
    long[] ids = new long[input.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = input.get(i).asLong();
    }
    long[] mask = new long[ids.length];
    Arrays.fill(mask, 1);
    return model.run(ids, mask, new long[ids.length], 1, ids.length);
  }

  private PlainModel.Hidden run(Encoding encoding) throws Exception {
    long[] ids = encoding.getIds();
    return model.run(ids, encoding.getAttentionMask(), encoding.getTypeIds(), 1, ids.length);
  }

  private HuggingFaceTokenizer require() {
    if (tokenizer == null) {
      throw new IllegalArgumentException("this server takes no texts");
    }
    return tokenizer;
  }
}
