package dev.millrace.operators;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.accelerator.Models;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.Map;

/** Files for tokenizers, and Hugging Face's library to compare with. */
final class TokenizerFiles {

  static final ObjectMapper JSON = new ObjectMapper();

  private static final ObjectNode BUILT_IN = read();

  private TokenizerFiles() {}

  private static ObjectNode read() {
    try {
      return (ObjectNode) JSON.readTree(Models.resolve("minilm").tokenizerJson());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static ObjectNode builtIn() {
    return BUILT_IN.deepCopy();
  }

  /** With the first 6000 words alone: quicker to load. */
  static ObjectNode small() {
    ObjectNode file = builtIn();
    Iterator<JsonNode> words = file.path("model").path("vocab").elements();
    while (words.hasNext()) {
      if (words.next().intValue() >= 6000) {
        words.remove();
      }
    }
    return file;
  }

  static ObjectNode builtIn(boolean clean, boolean chinese, String stripAccents, boolean lowerCase)
      throws IOException {
    ObjectNode file = builtIn();
    ObjectNode normalizer = (ObjectNode) file.path("normalizer");
    normalizer.put("clean_text", clean);
    normalizer.put("handle_chinese_chars", chinese);
    normalizer.set("strip_accents", JSON.readTree(stripAccents));
    normalizer.put("lowercase", lowerCase);
    return file;
  }

  /**
   * Gives a code point ids of its own, at a word's begin and within, so that ids spell out what
   * became of a text. Most of the large scripts that no table changes are left out.
   */
  static ObjectNode spelling(ObjectNode file) {
    ObjectNode words = ((ObjectNode) file.path("model")).putObject("vocab");
    for (JsonNode added : file.path("added_tokens")) {
      words.put(added.path("content").asText(), added.path("id").asInt());
    }
    for (int point = 1; point < 0x20000; point++) {
      boolean itself =
          (point > 0x3400 && point <= 0x4DBF)
              || (point > 0x4E00 && point <= 0x9FFF)
              || (point > 0xAC00 && point <= 0xF8FF)
              || (point > 0x17000 && point < 0x1B000);
      if (!itself) {
        words.put(Character.toString(point), 1000 + point);
        words.put("##" + Character.toString(point), 0x20000 + 1000 + point);
      }
    }
    return file;
  }

  static HuggingFaceTokenizer library(ObjectNode file, int maxTokens) throws IOException {
    System.setProperty("RUST_FLAVOR", "cpu");
    System.setProperty("ai.djl.offline", "true");
    return HuggingFaceTokenizer.newInstance(
        new ByteArrayInputStream(JSON.writeValueAsBytes(file)),
        Map.of(
            "addSpecialTokens", "true",
            "padding", "false",
            "truncation", "true",
            "modelMaxLength", Integer.toString(maxTokens),
            "maxLength", Integer.toString(maxTokens)));
  }

  static TextUnits units(String text) {
    TextUnits units = new TextUnits();
    units.read(text);
    return units;
  }

  static WordPieceTokenizer ours(ObjectNode file, int maxTokens)
      throws IOException, UnsupportedTokenizerException {
    return new WordPieceTokenizer(WordPieceFile.read(JSON.writeValueAsBytes(file), maxTokens));
  }
}
