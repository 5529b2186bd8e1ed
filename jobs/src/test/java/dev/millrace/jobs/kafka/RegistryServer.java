package dev.millrace.jobs.kafka;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/** The documented routes of a schema registry that the jobs use, over HTTP. */
public final class RegistryServer implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpServer server;
  private final @Nullable String authorization;
  private final List<String> schemas = new CopyOnWriteArrayList<>();
  private final List<String> subjects = new CopyOnWriteArrayList<>();

  /**
   * Starts one.
   *
   * @param authorization the header that every request must have, or null for none
   */
  public RegistryServer(@Nullable String authorization) throws IOException {
    this.authorization = authorization;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  /** Its root. */
  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Adds a schema and gives its id. */
  public int add(Schema schema) {
    if (!schemas.contains(schema.toString())) {
      schemas.add(schema.toString());
    }
    return 100 + schemas.indexOf(schema.toString());
  }

  /** Under which subjects schemas were registered. */
  public List<String> subjects() {
    return new ArrayList<>(subjects);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    if (authorization != null
        && !authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      send(exchange, 401, Map.of("error_code", 401, "message", "Unauthorized"));
    } else if (path.equals("/schemas/types")) {
      send(exchange, 200, List.of("AVRO"));
    } else if (path.startsWith("/schemas/ids/")) {
      int place = Integer.parseInt(path.substring("/schemas/ids/".length())) - 100;
      if (place < 0 || place >= schemas.size()) {
        send(exchange, 404, Map.of("error_code", 40403, "message", "Schema not found"));
      } else {
        send(exchange, 200, Map.of("schema", schemas.get(place)));
      }
    } else if (path.startsWith("/subjects/") && path.endsWith("/versions")) {
      subjects.add(path.substring("/subjects/".length(), path.length() - "/versions".length()));
      String schema = JSON.readTree(exchange.getRequestBody()).get("schema").asText();
      send(exchange, 200, Map.of("id", add(new Schema.Parser().parse(schema))));
    } else {
      send(exchange, 404, Map.of("error_code", 404, "message", "HTTP 404 Not Found"));
    }
  }

  private static void send(HttpExchange exchange, int status, Object body) throws IOException {
    byte[] bytes = JSON.writeValueAsString(body).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
