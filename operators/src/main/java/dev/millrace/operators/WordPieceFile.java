package dev.millrace.operators;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.operators.BertCharacters.Options;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code tokenizer.json} of the BERT family says.
 *
 * @param before ids that every text begins with
 * @param after ids that every text ends with
 * @param pair the ids around and between two texts; null if they are not arranged as here known
 * @param maxTokens tokens after which a text is cut, {@code before} and {@code after} included
 * @param maxWordLength code points after which a word is unknown
 */
record WordPieceFile(
    Options characters,
    WordPieceVocabulary vocabulary,
    AddedTokens addedTokens,
    int unknownId,
    int maxWordLength,
    List<Long> before,
    List<Long> after,
    @Nullable Pair pair,
    int maxTokens) {

  /** The ids around a text. */
  private record Around(List<Long> before, List<Long> after) {}

  /**
   * The ids around two texts.
   *
   * @param hasTypes whether the second text and what follows it has the token type 1
   */
  record Pair(List<Long> before, List<Long> between, List<Long> after, boolean hasTypes) {}

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * @throws UnsupportedTokenizerException if the file asks for anything that is not known here to
   *     give the library's ids
   */
  static WordPieceFile read(byte[] json, int maxTokens) throws UnsupportedTokenizerException {
    JsonNode file;
    try {
      file = JSON.readTree(json);
    } catch (IOException noJson) {
      // The library says what is wrong with it.
      throw new UnsupportedTokenizerException("its tokenizer.json is not JSON");
    }
    JsonNode model = file.path("model");
    need(model, "type", "WordPiece");
    need(file.path("pre_tokenizer"), "type", "BertPreTokenizer");
    if (file.path("truncation").path("direction").asText("Right").equals("Left")) {
      throw new UnsupportedTokenizerException("it cuts texts on the left");
    }
    Options characters = characters(file.path("normalizer"));
    JsonNode words = model.path("vocab");
    JsonNode unknown = words.path(model.path("unk_token").asText());
    if (!unknown.isInt()) {
      throw new UnsupportedTokenizerException("its vocabulary lacks the unknown token");
    }
    JsonNode prefix = model.path("continuing_subword_prefix");
    JsonNode longest = model.path("max_input_chars_per_word");
    if (!prefix.isTextual() || !longest.isInt() || longest.intValue() < 0) {
      throw new UnsupportedTokenizerException(
          "its model lacks continuing_subword_prefix or max_input_chars_per_word");
    }
    WordPieceVocabulary vocabulary = new WordPieceVocabulary(words.size(), prefix.textValue());
    for (Map.Entry<String, JsonNode> word : words.properties()) {
      if (!word.getValue().isInt() || word.getValue().intValue() < 0) {
        throw new UnsupportedTokenizerException(
            "the id of '" + word.getKey() + "' in its vocabulary is " + word.getValue());
      }
      vocabulary.add(word.getKey(), word.getValue().intValue());
    }
    Around around = around(file.path("post_processor"));
    if (maxTokens < around.before().size() + around.after().size()) {
      throw new UnsupportedTokenizerException(
          maxTokens + " tokens a text do not hold its special tokens");
    }
    return new WordPieceFile(
        characters,
        vocabulary,
        addedTokens(file.path("added_tokens"), words),
        unknown.intValue(),
        longest.intValue(),
        around.before(),
        around.after(),
        pair(file.path("post_processor"), maxTokens),
        maxTokens);
  }

  private static Options characters(JsonNode normalizer) throws UnsupportedTokenizerException {
    need(normalizer, "type", "BertNormalizer");
    boolean lowercase = flag(normalizer, "lowercase");
    return new Options(
        flag(normalizer, "clean_text"),
        flag(normalizer, "handle_chinese_chars"),
        // Accents go with the case unless the file says otherwise.
        normalizer.path("strip_accents").isNull() ? lowercase : flag(normalizer, "strip_accents"),
        lowercase);
  }

  private static AddedTokens addedTokens(JsonNode entries, JsonNode words)
      throws UnsupportedTokenizerException {
    AddedTokens tokens = new AddedTokens();
    int nextId = words.size();
    for (JsonNode entry : entries) {
      String content = entry.path("content").asText();
      // Around a token white space is no part of any word, so lstrip and rstrip change no id.
      if (flag(entry, "normalized") || flag(entry, "single_word")) {
        throw new UnsupportedTokenizerException(
            "its added token '" + content + "' is normalized or single_word");
      }
      int id = entry.path("id").asInt(-1);
      // The library gives ids of its own to tokens outside the vocabulary.
      int expected = words.has(content) ? words.path(content).intValue() : nextId;
      nextId = Math.max(nextId, expected + 1);
      if (id != expected) {
        throw new UnsupportedTokenizerException(
            "its added token '" + content + "' has the id " + id);
      }
      tokens.add(content, id);
    }
    return tokens;
  }

  private static Around around(JsonNode processor) throws UnsupportedTokenizerException {
    switch (processor.path("type").asText()) {
      case "BertProcessing", "RobertaProcessing" -> {
        return new Around(
            List.of(processor.path("cls").path(1).longValue()),
            List.of(processor.path("sep").path(1).longValue()));
      }
      case "TemplateProcessing" -> {
        return template(processor);
      }
      default ->
          throw new UnsupportedTokenizerException(
              "its post-processor is " + processor.path("type"));
    }
  }

  private static Around template(JsonNode processor) throws UnsupportedTokenizerException {
    List<Long> before = new ArrayList<>();
    List<Long> after = new ArrayList<>();
    boolean seen = false;
    for (JsonNode piece : processor.path("single")) {
      if (piece.has("Sequence")) {
        if (seen || !piece.path("Sequence").path("id").asText().equals("A")) {
          throw new UnsupportedTokenizerException("its template holds more than one text");
        }
        seen = true;
      } else {
        JsonNode ids =
            processor
                .path("special_tokens")
                .path(piece.path("SpecialToken").path("id").asText())
                .path("ids");
        if (!ids.isArray()) {
          throw new UnsupportedTokenizerException("its template holds " + piece);
        }
        for (JsonNode id : ids) {
          (seen ? after : before).add(id.longValue());
        }
      }
    }
    if (!seen) {
      throw new UnsupportedTokenizerException("its template leaves the text out");
    }
    return new Around(before, after);
  }

  private static @Nullable Pair pair(JsonNode processor, int maxTokens) {
    Pair pair =
        switch (processor.path("type").asText()) {
          case "BertProcessing" -> pairOfBert(processor);
          case "TemplateProcessing" -> pairOfTemplate(processor);
          default -> null;
        };
    return pair == null
            || pair.before().size() + pair.between().size() + pair.after().size() > maxTokens
        ? null
        : pair;
  }

  private static Pair pairOfBert(JsonNode processor) {
    List<Long> separator = List.of(processor.path("sep").path(1).longValue());
    return new Pair(List.of(processor.path("cls").path(1).longValue()), separator, separator, true);
  }

  private static @Nullable Pair pairOfTemplate(JsonNode processor) {
    List<List<Long>> parts = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    int texts = 0;
    boolean hasTypes = false;
    for (JsonNode piece : processor.path("pair")) {
      JsonNode text = piece.path("Sequence");
      JsonNode special = piece.path("SpecialToken");
      long type = (text.isMissingNode() ? special : text).path("type_id").asLong();
      if (text.isMissingNode()) {
        JsonNode ids =
            processor.path("special_tokens").path(special.path("id").asText()).path("ids");
        if (!ids.isArray()) {
          return null;
        }
        for (JsonNode id : ids) {
          parts.get(texts).add(id.longValue());
        }
      } else if (texts < 2 && text.path("id").asText().equals(texts == 0 ? "A" : "B")) {
        texts++;
      } else {
        return null;
      }
      hasTypes |= type == 1;
      if (type > 1 || (type == 1) != (hasTypes && texts == 2)) {
        return null;
      }
    }
    return texts < 2 ? null : new Pair(parts.get(0), parts.get(1), parts.get(2), hasTypes);
  }

  private static void need(JsonNode part, String field, String value)
      throws UnsupportedTokenizerException {
    if (!part.path(field).asText().equals(value)) {
      throw new UnsupportedTokenizerException(
          "where " + value + " is known here it has " + part.path(field));
    }
  }

  private static boolean flag(JsonNode part, String field) throws UnsupportedTokenizerException {
    if (!part.path(field).isBoolean()) {
      throw new UnsupportedTokenizerException(field + " is not true or false in " + part);
    }
    return part.path(field).booleanValue();
  }
}
