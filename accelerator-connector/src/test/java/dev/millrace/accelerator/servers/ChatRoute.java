package dev.millrace.accelerator.servers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Answers prompts, always in the same way: with the words of the prompt from the last to the first,
 * behind those of the system prompt in brackets. A word is a token. What a JSON schema asks for is
 * made of the prompt, too. A prompt with the word {@code forbidden} is filtered. Options:
 *
 * <ul>
 *   <li>{@code context}: the most words of a prompt
 *   <li>{@code millis}: how long a word takes
 *   <li>{@code usage=no}: refuses {@code stream_options}; {@code streams=no}: never streams
 *   <li>{@code schemas=no}: refuses {@code response_format}
 * </ul>
 *
 * <p>Faults: {@code cut} (the connection breaks in the middle of an answer), {@code unended} (an
 * answer stops without saying so), {@code malformed answer}, {@code late} (six seconds before the
 * first word), {@code endless} (words without an end), {@code failing} (an error in the middle),
 * {@code no json} (text, whatever the schema), and {@code busy}, {@code down} and {@code status
 * NUMBER} as for embeddings. A first prompt, which is {@code Hello}, is spared. Counts {@code most
 * at once}.
 */
final class ChatRoute {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, String> options;
  private final Faults faults;
  private final AtomicInteger atOnce = new AtomicInteger();

  ChatRoute(Map<String, String> options, Faults faults) {
    this.options = options;
    this.faults = faults;
  }

  void answer(HttpExchange exchange, JsonNode question) throws Exception {
    faults.countMost("most at once", atOnce.incrementAndGet());
    try {
      if (!refuses(exchange, question)) {
        say(exchange, question);
      }
    } finally {
      atOnce.decrementAndGet();
    }
  }

  private boolean refuses(HttpExchange exchange, JsonNode question) throws IOException {
    String refusal = null;
    int status = 400;
    String name = options.getOrDefault("name", "tiny");
    for (int one : new int[] {400, 404, 500, 503, 504}) {
      if (take("status " + one, question)) {
        status = one;
        refusal = "as the test asked";
      }
    }
    if (refusal != null) {
      OpenAiTestServer.refuse(exchange, status, refusal);
      return true;
    }
    if (take("busy", question)) {
      status = 429;
      refusal = "too many requests";
    } else if (take("down", question)) {
      status = 503;
      refusal = "starting";
    } else if (!question.path("model").asText().equals(name)) {
      status = 404;
      refusal = "The model `" + question.path("model").asText() + "` does not exist.";
    } else if (question.has("stream_options") && "no".equals(options.get("usage"))) {
      refusal = "stream_options is not known";
    } else if (question.has("response_format") && "no".equals(options.get("schemas"))) {
      refusal = "response_format is not known";
    } else if (words(prompt(question)).size() > context()) {
      refusal =
          "This model's maximum context length is "
              + context()
              + " tokens. However, your prompt has "
              + words(prompt(question)).size();
    } else {
      return false;
    }
    OpenAiTestServer.refuse(exchange, status, refusal);
    return true;
  }

  private boolean take(String fault, JsonNode question) {
    return !prompt(question).equals("Hello") && faults.take(fault);
  }

  private int context() {
    return Integer.parseInt(options.getOrDefault("context", "100000"));
  }

  private static String prompt(JsonNode question) {
    for (JsonNode message : question.path("messages")) {
      if (message.path("role").asText().equals("user")) {
        return message.path("content").asText();
      }
    }
    throw new IllegalArgumentException("no message of a user");
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.split("\\s+")).filter(word -> !word.isEmpty()).toList();
  }

  /** The pieces of the answer, each a token. */
  private List<String> pieces(JsonNode question) {
    List<String> words = new ArrayList<>(words(prompt(question)));
    JsonNode schema = question.path("response_format").path("json_schema").path("schema");
    if (schema.isObject() && !take("no json", question)) {
      return List.of(object(schema, words).toString().split("(?<=,)"));
    }
    java.util.Collections.reverse(words);
    for (JsonNode message : question.path("messages")) {
      if (message.path("role").asText().equals("system")) {
        words.add(0, "[" + message.path("content").asText() + "]");
      }
    }
    List<String> pieces = new ArrayList<>();
    for (String word : words) {
      pieces.add(pieces.isEmpty() ? word : " " + word);
    }
    return pieces;
  }

  private static ObjectNode object(JsonNode schema, List<String> words) {
    ObjectNode object = JSON.createObjectNode();
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      String name = property.getKey();
      switch (property.getValue().path("type").asText()) {
        case "integer" -> object.put(name, words.size());
        case "number" -> object.put(name, words.size() / 4.0);
        case "boolean" -> object.put(name, words.size() % 2 == 0);
        case "array" -> words.forEach(object.withArray("/" + name)::add);
        default -> object.put(name, words.stream().collect(Collectors.joining("_")));
      }
    }
    return object;
  }

  private void say(HttpExchange exchange, JsonNode question) throws Exception {
    if (take("late", question)) {
      Thread.sleep(6000);
    }
    List<String> pieces = pieces(question);
    String reason = "stop";
    int most = question.path("max_tokens").asInt(Integer.MAX_VALUE);
    if (words(prompt(question)).contains("forbidden")) {
      pieces = List.of();
      reason = "content_filter";
    } else if (pieces.size() > most) {
      pieces = pieces.subList(0, most);
      reason = "length";
    }
    int read = words(prompt(question)).size();
    if (question.path("stream").asBoolean() && !"no".equals(options.get("streams"))) {
      stream(exchange, question, pieces, reason);
      return;
    }
    for (int i = 0; i < pieces.size(); i++) {
      pause();
    }
    ObjectNode body = JSON.createObjectNode().put("object", "chat.completion");
    ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
    choice.putObject("message").put("role", "assistant").put("content", String.join("", pieces));
    choice.put("finish_reason", reason);
    body.set("usage", usage(read, pieces));
    OpenAiTestServer.send(
        exchange,
        200,
        (take("malformed answer", question) ? "{\"choices\": oops" : body.toString())
            .getBytes(StandardCharsets.UTF_8));
  }

  private static ObjectNode usage(int read, List<String> pieces) {
    return JSON.createObjectNode()
        .put("prompt_tokens", read)
        .put("completion_tokens", pieces.size())
        .put("total_tokens", read + pieces.size());
  }

  private void pause() throws InterruptedException {
    Thread.sleep(Long.parseLong(options.getOrDefault("millis", "0")));
  }

  private void stream(HttpExchange exchange, JsonNode question, List<String> pieces, String reason)
      throws Exception {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
    exchange.sendResponseHeaders(200, 0);
    OutputStream out = exchange.getResponseBody();
    event(out, chunk("", null).toString());
    out.write(": still here\n\n".getBytes(StandardCharsets.UTF_8));
    boolean endless = take("endless", question);
    for (int i = 0; i < pieces.size() || endless; i++) {
      pause();
      if (endless) {
        Thread.sleep(50);
      }
      if (i == pieces.size() / 2 && take("cut", question)) {
        // Closed with bytes to come, which breaks the connection.
        throw new IOException("cut");
      }
      if (i == pieces.size() / 2 && take("unended", question)) {
        out.close();
        return;
      }
      if (i == pieces.size() / 2 && take("malformed answer", question)) {
        event(out, "{\"choices\": oops");
      }
      if (i == pieces.size() / 2 && take("failing", question)) {
        event(out, "{\"error\": {\"message\": \"the engine is dead\", \"code\": 500}}");
      }
      event(out, chunk(pieces.get(i % Math.max(1, pieces.size())), null).toString());
    }
    event(out, chunk("", reason).toString());
    if (question.has("stream_options")) {
      ObjectNode last = JSON.createObjectNode();
      last.putArray("choices");
      last.set("usage", usage(words(prompt(question)).size(), pieces));
      event(out, last.toString());
    }
    event(out, "[DONE]");
    out.close();
  }

  private static void event(OutputStream out, String data) throws IOException {
    out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static ObjectNode chunk(String piece, @Nullable String reason) {
    ObjectNode chunk = JSON.createObjectNode().put("object", "chat.completion.chunk");
    ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
    choice.putObject("delta").put("content", piece);
    choice.put("finish_reason", reason);
    return chunk;
  }
}
