package dev.millrace.accelerator.servers;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The routes that score, as vLLM, Jina and SGLang have them, over a graph that gives logits {@code
 * [rows, labels]}, or {@code [rows, tokens, labels]} for {@code pooling}, the route of which is an
 * option. Options:
 *
 * <ul>
 *   <li>{@code labels}: their names, separated by commas, without which there are none of these;
 *   <li>{@code activation}: {@code softmax}, {@code sigmoid} or {@code identity}, what it does when
 *       it is not told; {@code use_activation=ignored}: and when it is told otherwise; {@code
 *       use_activation=refused}: such a request is refused
 * </ul>
 */
final class ScoringRoutes {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, String> options;
  private final Faults faults;
  private final ServedTexts texts;
  private final List<String> labels;

  ScoringRoutes(Map<String, String> options, Faults faults, ServedTexts texts) {
    this.options = options;
    this.faults = faults;
    this.texts = texts;
    this.labels = List.of(options.getOrDefault("labels", "").split(",", -1));
  }

  /** {@code input}: tokens or texts. An answer for each, with its best label. */
  ObjectNode classify(JsonNode question) throws Exception {
    List<ObjectNode> rows = new ArrayList<>();
    for (JsonNode input : question.path("input")) {
      float[] scores = activated(texts.of(input), question);
      spoil(scores);
      int best = 0;
      ObjectNode row = JSON.createObjectNode().put("index", rows.size());
      ArrayNode numbers = row.putArray("probs");
      for (int i = 0; i < scores.length; i++) {
        put(numbers, scores[i]);
        best = scores[i] > scores[best] ? i : best;
      }
      if (faults.take("dimensions")) {
        numbers.add(0.5);
      }
      row.put("label", labels.get(best)).put("num_classes", numbers.size());
      rows.add(row);
    }
    return answer("data", rows);
  }

  /** {@code input}: tokens. An answer for each, with the scores of each token. */
  ObjectNode pool(JsonNode question) throws Exception {
    boolean base64 = question.path("encoding_format").asText().equals("base64");
    if (base64 && "no".equals(options.get("base64"))) {
      throw new IllegalArgumentException("encoding_format must be float");
    }
    List<ObjectNode> rows = new ArrayList<>();
    for (JsonNode input : question.path("input")) {
      float[] logits = texts.of(input);
      List<float[]> tokens = new ArrayList<>();
      for (int at = 0; at < logits.length; at += labels.size()) {
        float[] scores = activated(Arrays.copyOfRange(logits, at, at + labels.size()), question);
        spoil(scores);
        tokens.add(scores);
      }
      if (faults.take("dimensions")) {
        tokens.remove(0);
      }
      ObjectNode row = JSON.createObjectNode().put("index", rows.size()).put("object", "pooling");
      if (base64) {
        row.put("data", OpenAiTestServer.base64(tokens));
      } else {
        ArrayNode ofTokens = row.putArray("data");
        for (float[] scores : tokens) {
          ArrayNode numbers = ofTokens.addArray();
          for (float score : scores) {
            put(numbers, score);
          }
        }
      }
      rows.add(row);
    }
    return answer("data", rows);
  }

  /** {@code text_1} and {@code text_2}, as many of each, or one of the first. */
  ObjectNode score(JsonNode question) throws Exception {
    JsonNode firsts = question.path("text_1");
    JsonNode seconds = question.path("text_2");
    if (!seconds.isArray() || (firsts.isArray() && firsts.size() != seconds.size())) {
      throw new IllegalArgumentException("text_1 and text_2 must be as many");
    }
    List<ObjectNode> rows = new ArrayList<>();
    for (int i = 0; i < seconds.size(); i++) {
      String first = (firsts.isArray() ? firsts.path(i) : firsts).textValue();
      ObjectNode row = JSON.createObjectNode().put("object", "score");
      put(row, "score", score(first, seconds.path(i).textValue(), question));
      rows.add(row.put("index", i));
    }
    return answer("data", rows);
  }

  /** {@code query} and {@code documents}: the best comes first. */
  JsonNode rerank(JsonNode question) throws Exception {
    boolean isSglang = "sglang".equals(options.get("rerank"));
    String field = isSglang ? "score" : "relevance_score";
    List<ObjectNode> rows = new ArrayList<>();
    for (JsonNode document : question.path("documents")) {
      ObjectNode row = JSON.createObjectNode().put("index", rows.size());
      put(row, field, score(question.path("query").textValue(), document.textValue(), question));
      rows.add(row);
    }
    rows.sort(Comparator.comparing(row -> -row.path(field).asDouble()));
    ObjectNode answer = answer("results", rows);
    return isSglang ? answer.path("results") : answer;
  }

  private float score(String first, String second, JsonNode question) throws Exception {
    float[] scores = activated(texts.of(requireNonNull(first), requireNonNull(second)), question);
    spoil(scores);
    return scores[0];
  }

  private void spoil(float[] scores) {
    if (faults.take("nan")) {
      scores[0] = Float.NaN;
    }
    if (faults.take("far")) {
      scores[0] = 7;
    }
  }

  private float[] activated(float[] logits, JsonNode question) {
    String activation = options.getOrDefault("activation", "softmax");
    JsonNode told = question.path("use_activation");
    String obeys = options.getOrDefault("use_activation", "obeyed");
    if (told.isBoolean() && obeys.equals("refused")) {
      throw new IllegalArgumentException("Extra inputs are not permitted: use_activation");
    }
    if (activation.equals("identity")
        || (told.isBoolean() && !told.asBoolean() && obeys.equals("obeyed"))) {
      return logits;
    }
    float[] scores = new float[logits.length];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      sum += Math.exp(logits[i]);
    }
    for (int i = 0; i < logits.length; i++) {
      scores[i] =
          (float)
              (activation.equals("sigmoid")
                  ? 1 / (1 + Math.exp(-logits[i]))
                  : Math.exp(logits[i]) / sum);
    }
    return scores;
  }

  private ObjectNode answer(String field, List<ObjectNode> rows) {
    OpenAiTestServer.disturb(rows, faults);
    ObjectNode body = JSON.createObjectNode().put("id", "score-1");
    body.putArray(field).addAll(rows);
    return body;
  }

  private static void put(ObjectNode row, String field, float value) {
    if (Float.isNaN(value)) {
      row.putNull(field);
    } else {
      row.put(field, value);
    }
  }

  private static void put(ArrayNode numbers, float value) {
    if (Float.isNaN(value)) {
      numbers.addNull();
    } else {
      numbers.add(value);
    }
  }
}
