package dev.millrace.jobs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The process of a server with OpenAI's routes that costs what one with a GPU does, and nearly
 * nothing of this machine: its answers are written beforehand, and what the device would take is
 * slept. It takes texts and tokens, and gives vectors as numbers or in base64, as asked.
 *
 * <p>It says on which port it listens and ends when its standard input does.
 */
final class EmbeddingServer {

  /** What the server calls its model. */
  static final String MODEL = "minilm";

  /** What a call takes, whatever is in it. */
  static final int MILLIS_OF_CALL = 5;

  /** What a text adds to a call. */
  static final int MICROS_OF_TEXT = 10;

  private static final int DIMENSIONS = 384;

  /** A text has the same vector each time; that several texts share one does not matter. */
  private static final int VECTORS = 16;

  private static final int BACKLOG = 1024;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Lane lane =
      new Lane(
          TimeUnit.MILLISECONDS.toNanos(MILLIS_OF_CALL),
          TimeUnit.MICROSECONDS.toNanos(MICROS_OF_TEXT));
  private final List<byte[]> numbers = new ArrayList<>();
  private final List<byte[]> base64 = new ArrayList<>();

  private EmbeddingServer() {
    Random random = new Random(1);
    for (int i = 0; i < VECTORS; i++) {
      float[] vector = vector(random);
      numbers.add(bytes(Arrays.toString(vector)));
      base64.add(bytes('"' + inBase64(vector) + '"'));
    }
  }

  /** Of length 1, as a model for sentences has them. */
  private static float[] vector(Random random) {
    double[] drawn = random.doubles(DIMENSIONS, -1, 1).toArray();
    double squares = 0;
    for (double number : drawn) {
      squares += number * number;
    }
    float[] vector = new float[DIMENSIONS];
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] = (float) (drawn[i] / Math.sqrt(squares));
    }
    return vector;
  }

  private static String inBase64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float number : vector) {
      bytes.putFloat(number);
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  public static void main(String[] args) throws IOException {
    EmbeddingServer server = new EmbeddingServer();
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    http.setExecutor(Executors.newCachedThreadPool());
    http.createContext("/v1/models", exchange -> answer(exchange, server.models()));
    http.createContext(
        "/v1/embeddings",
        exchange -> answer(exchange, server.embed(JSON.readTree(exchange.getRequestBody()))));
    http.start();
    System.out.println(http.getAddress().getPort());
    while (System.in.read() >= 0) {
      // Nothing is said to it: that it can be read at all shows that the parent lives.
    }
    System.exit(0);
  }

  private static void answer(HttpExchange exchange, ByteArrayOutputStream body) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, body.size());
      body.writeTo(exchange.getResponseBody());
    }
  }

  private ByteArrayOutputStream models() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(
        bytes(
            "{\"object\":\"list\",\"data\":[{\"id\":\""
                + MODEL
                + "\",\"object\":\"model\",\"created\":0,\"owned_by\":\"bench\"}]}"));
    return body;
  }

  private ByteArrayOutputStream embed(JsonNode question) {
    JsonNode input = question.path("input");
    List<byte[]> vectors =
        question.path("encoding_format").asText().equals("base64") ? base64 : numbers;
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(bytes("{\"object\":\"list\",\"model\":\"" + MODEL + "\",\"data\":["));
    boolean several = input.isArray() && !input.path(0).isNumber();
    int texts = several ? input.size() : 1;
    for (int i = 0; i < texts; i++) {
      int hash = (several ? input.get(i) : input).hashCode();
      body.writeBytes(
          bytes(
              (i == 0 ? "" : ",")
                  + "{\"object\":\"embedding\",\"index\":"
                  + i
                  + ",\"embedding\":"));
      body.writeBytes(vectors.get(Math.floorMod(hash, VECTORS)));
      body.write('}');
    }
    body.writeBytes(bytes("],\"usage\":{\"prompt_tokens\":0,\"total_tokens\":0}}"));
    lane.pass(texts);
    return body;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
