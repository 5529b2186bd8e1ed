package dev.millrace.accelerator.servers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A server of OpenAI's routes, on the JDK's own. Options:
 *
 * <ul>
 *   <li>{@code graph}: the model's file, without which it only chats; {@code name}: what it is
 *       called, {@code tiny} without;
 *   <li>{@code base64=no}: refuses {@code encoding_format}; {@code base64=ignored}: answers numbers
 *   <li>{@code token}: a key that it asks for; {@code tls}: a folder with server.p12
 * </ul>
 *
 * <p>Faults: {@code nan}, {@code order} (rows in reverse), {@code lost} (one row fewer), {@code
 * twice} (an index twice), {@code dimensions}, {@code malformed}, {@code slow}, {@code status
 * NUMBER}, {@code far} (a score of 7) and {@code busy} and {@code down}: 429 and 503 with {@code
 * retry-after: 1}. How it chats is said at {@link ChatRoute}, how it scores at {@link
 * ScoringRoutes}, and what it reads at {@link ServedTexts}.
 */
final class OpenAiTestServer {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, String> options;
  private final Faults faults;
  private final @Nullable ServedTexts texts;

  private OpenAiTestServer(Map<String, String> options, Faults faults) throws Exception {
    this.options = options;
    this.faults = faults;
    String graph = options.get("graph");
    this.texts = graph == null ? null : new ServedTexts(options, new PlainModel(graph));
  }

  /** The port on the loopback address. */
  static int start(Map<String, String> options, Faults faults) throws Exception {
    OpenAiTestServer server = new OpenAiTestServer(options, faults);
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    String tls = options.get("tls");
    HttpServer http;
    if (tls == null) {
      http = HttpServer.create(any, 0);
    } else {
      HttpsServer https = HttpsServer.create(any, 0);
      https.setHttpsConfigurator(new HttpsConfigurator(context(Path.of(tls, "server.p12"))));
      http = https;
    }
    http.setExecutor(Executors.newCachedThreadPool());
    http.createContext("/v1/models", exchange -> server.guarded(exchange, server::models));
    http.createContext(
        "/v1/embeddings",
        exchange -> server.guarded(exchange, asked -> server.rows(asked, server::embed)));
    server.addScoring(http);
    ChatRoute chat = new ChatRoute(options, faults);
    http.createContext("/v1/chat/completions", exchange -> server.guarded(exchange, chat::answer));
    http.start();
    return http.getAddress().getPort();
  }

  private void addScoring(HttpServer http) {
    if (texts == null || !options.containsKey("labels")) {
      return;
    }
    ScoringRoutes scoring = new ScoringRoutes(options, faults, texts);
    String classify = options.getOrDefault("classify", "/classify");
    if (!classify.equals("no")) {
      http.createContext(
          classify, exchange -> guarded(exchange, asked -> rows(asked, scoring::classify)));
    }
    if (!"no".equals(options.get("score"))) {
      http.createContext(
          "/score", exchange -> guarded(exchange, asked -> rows(asked, scoring::score)));
    }
    String pooling = options.get("pooling");
    if (pooling != null) {
      http.createContext(
          pooling, exchange -> guarded(exchange, asked -> rows(asked, scoring::pool)));
    }
    if (options.containsKey("rerank")) {
      http.createContext(
          "/v1/rerank", exchange -> guarded(exchange, asked -> rows(asked, scoring::rerank)));
    }
  }

  private static SSLContext context(Path file) throws Exception {
    char[] password = "changeit".toCharArray();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, password);
    }
    KeyManagerFactory managers = KeyManagerFactory.getInstance("SunX509");
    managers.init(keys, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  /** An answer's status and body. */
  private record Response(int status, JsonNode body) {}

  /** What answers a question. */
  private interface Handler {
    Response handle(JsonNode question) throws Exception;
  }

  /** What answers a question by itself. */
  private interface Conversation {
    void hold(HttpExchange exchange, JsonNode question) throws Exception;
  }

  private void guarded(HttpExchange exchange, Handler handler) throws IOException {
    guarded(
        exchange,
        (open, question) -> {
          Response response = handler.handle(question);
          byte[] bytes = response.body().toString().getBytes(StandardCharsets.UTF_8);
          if (faults.take("malformed")) {
            bytes = "{\"data\": [{\"embedding\": oops".getBytes(StandardCharsets.UTF_8);
          }
          send(open, response.status(), bytes);
        });
  }

  private void guarded(HttpExchange exchange, Conversation conversation) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      faults.count(exchange.getRequestURI().getPath());
      String token = options.get("token");
      if (token != null
          && !("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        refuse(exchange, 401, "no such key");
        return;
      }
      try {
        conversation.hold(exchange, body.length == 0 ? JSON.nullNode() : JSON.readTree(body));
      } catch (IOException broken) {
        throw broken;
      } catch (Exception failure) {
        refuse(exchange, 400, failure.toString());
      }
    }
  }

  /** Sends an error as OpenAI's routes have it. */
  static void refuse(HttpExchange exchange, int status, String message) throws IOException {
    ObjectNode body = JSON.createObjectNode();
    body.putObject("error").put("message", message).put("code", status);
    send(exchange, status, body.toString().getBytes(StandardCharsets.UTF_8));
  }

  static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
    if (status == 429 || status == 503) {
      exchange.getResponseHeaders().set("Retry-After", "1");
    }
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private String name() {
    return options.getOrDefault("name", "tiny");
  }

  private static Response error(int status, String message) {
    ObjectNode body = JSON.createObjectNode();
    body.putObject("error").put("message", message);
    return new Response(status, body);
  }

  private Response models(JsonNode nothing) {
    ObjectNode body = JSON.createObjectNode().put("object", "list");
    body.putArray("data").addObject().put("id", name()).put("root", "test/" + name());
    if (options.containsKey("longest")) {
      ((ObjectNode) body.path("data").path(0))
          .put("max_model_len", Integer.parseInt(options.getOrDefault("longest", "")));
    }
    return new Response(200, body);
  }

  /** What answers a question that has been found to be for the model. */
  private interface RowsHandler {
    JsonNode handle(JsonNode question) throws Exception;
  }

  /** Answers a question about rows, unless it is to be in trouble. */
  private Response rows(JsonNode question, RowsHandler handler) throws Exception {
    for (int status : new int[] {307, 400, 404, 413, 500, 503, 504}) {
      if (faults.take("status " + status)) {
        return error(status, "as the test asked");
      }
    }
    if (faults.take("busy")) {
      return error(429, "too many requests");
    }
    if (faults.take("down")) {
      return error(503, "starting");
    }
    if (faults.take("slow")) {
      Thread.sleep(6000);
    }
    if (!question.path("model").asText().equals(name())) {
      return error(404, "The model `" + question.path("model").asText() + "` does not exist.");
    }
    return new Response(200, handler.handle(question));
  }

  private JsonNode embed(JsonNode question) throws Exception {
    boolean base64 = question.path("encoding_format").asText().equals("base64");
    if (base64 && "no".equals(options.get("base64"))) {
      throw new IllegalArgumentException("encoding_format must be float");
    }
    base64 &= !"ignored".equals(options.get("base64"));
    List<ObjectNode> rows = new ArrayList<>();
    int tokens = 0;
    for (JsonNode input : question.path("input")) {
      tokens += input.size();
      float[] vector = Objects.requireNonNull(texts, "no graph").meanOf(input);
      if (faults.take("nan")) {
        vector[vector.length / 2] = Float.NaN;
      }
      if (faults.take("dimensions")) {
        vector = new float[vector.length + 1];
      }
      ObjectNode row = JSON.createObjectNode().put("object", "embedding");
      put(row, vector, base64);
      // After the vector, where a reader that counts on the usual order does not look for it.
      row.put("index", rows.size());
      rows.add(row);
    }
    return answer(rows, tokens);
  }

  /** Has the rows of an answer be wrong, if they are to be. */
  static void disturb(List<ObjectNode> rows, Faults faults) {
    if (faults.take("order")) {
      Collections.reverse(rows);
    }
    if (faults.take("twice")) {
      rows.get(rows.size() - 1).put("index", 0);
    }
    if (faults.take("lost")) {
      rows.remove(0);
    }
  }

  private ObjectNode answer(List<ObjectNode> rows, int tokens) {
    disturb(rows, faults);
    ObjectNode body = JSON.createObjectNode().put("object", "list").put("model", name());
    body.putArray("data").addAll(rows);
    body.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
    return body;
  }

  private static void put(ObjectNode row, float[] vector, boolean base64) {
    if (base64) {
      row.put("embedding", base64(List.of(vector)));
    } else {
      ArrayNode numbers = row.putArray("embedding");
      for (float value : vector) {
        if (Float.isNaN(value)) {
          numbers.addNull();
        } else {
          numbers.add(value);
        }
      }
    }
  }

  /** Numbers as base64 has them. */
  static String base64(List<float[]> vectors) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vectors.stream().mapToInt(vector -> vector.length).sum() * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float[] vector : vectors) {
      for (float value : vector) {
        bytes.putFloat(value);
      }
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
