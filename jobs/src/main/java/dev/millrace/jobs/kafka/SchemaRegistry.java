package dev.millrace.jobs.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;
import org.jspecify.annotations.Nullable;

/**
 * A schema registry that speaks the REST interface of Confluent's: {@code GET /schemas/ids/ID},
 * {@code POST /subjects/SUBJECT/versions}. Its settings are those of the properties file that begin
 * with {@code schema.registry.}, under the names that Confluent's clients have for them.
 *
 * <p>Calls block, for seconds at most. Used by one thread.
 */
public final class SchemaRegistry implements Serializable {

  private static final long serialVersionUID = 1L;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int NOT_FOUND = 404;
  private static final String MEDIA = "application/vnd.schemaregistry.v1+json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String url;
  private final KafkaSettings settings;
  private transient @Nullable HttpClient client;

  /**
   * @param url its root, without user or password
   * @throws IllegalArgumentException if it is no such URL; the message says what to do
   */
  public SchemaRegistry(String url, KafkaSettings settings) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException noUri) {
      throw new IllegalArgumentException(
          "it is no URL. Write http://HOST:PORT or https://HOST.", noUri);
    }
    if (!("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
        || uri.getHost() == null) {
      throw new IllegalArgumentException("it is no URL. Write http://HOST:PORT or https://HOST.");
    }
    if (uri.getUserInfo() != null) {
      throw new IllegalArgumentException(
          "user and password do not belong here. Put schema.registry.basic.auth.user.info into the"
              + " file of --kafka-properties.");
    }
    this.url = url.replaceFirst("/+$", "");
    this.settings = settings;
  }

  /**
   * Looks whether it answers.
   *
   * @throws IOException if not; the message says why
   */
  public void probe() throws IOException {
    HttpResponse<String> answer = send(request("/schemas/types"));
    if (answer.statusCode() != NOT_FOUND) {
      expectDone(answer, "/schemas/types");
    }
  }

  /**
   * The schema of an id; empty if the registry does not know it.
   *
   * @throws IOException if the registry does not answer as it should
   */
  public Optional<Schema> schema(int id) throws IOException {
    String path = "/schemas/ids/" + id;
    HttpResponse<String> answer = send(request(path));
    if (answer.statusCode() == NOT_FOUND) {
      return Optional.empty();
    }
    expectDone(answer, path);
    JsonNode known = json(answer, path);
    String type = known.path("schemaType").asText("AVRO");
    if (!type.equals("AVRO")) {
      throw new SchemaParseException(
          "its schema has the id " + id + " and is of " + type + ", not of Avro");
    }
    return Optional.of(new Schema.Parser().parse(known.path("schema").asText()));
  }

  /**
   * The id of a schema under a subject, which is registered if it is new.
   *
   * @throws IOException if the registry does not answer, or refuses
   */
  public int register(String subject, Schema schema) throws IOException {
    String path = "/subjects/" + URLEncoder.encode(subject, StandardCharsets.UTF_8) + "/versions";
    String body = JSON.writeValueAsString(Map.of("schema", schema.toString()));
    HttpResponse<String> answer =
        send(
            request(path)
                .header("Content-Type", MEDIA)
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    expectDone(answer, path);
    JsonNode id = json(answer, path).path("id");
    if (!id.isInt()) {
      throw new IOException("The schema registry answered " + path + " without an id.");
    }
    return id.intValue();
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path)).timeout(PATIENCE).header("Accept", MEDIA);
    String user = settings.registry("basic.auth.user.info");
    String token = settings.registry("bearer.auth.token");
    if (!user.isEmpty()) {
      request.header(
          "Authorization",
          "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
    } else if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return request;
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      HttpClient ready = client;
      if (ready == null) {
        ready =
            HttpClient.newBuilder()
                .connectTimeout(PATIENCE)
                .sslContext(RegistryTls.context(settings))
                .build();
        client = ready;
      }
      return ready.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException failed) {
      String said =
          failed.getMessage() == null ? failed.getClass().getSimpleName() : failed.getMessage();
      throw new IOException(
          "The schema registry at " + url + " does not answer: " + said + ".", failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("The schema registry was not asked: the task is ending.", interrupted);
    }
  }

  private void expectDone(HttpResponse<String> answer, String path) throws IOException {
    if (answer.statusCode() / 100 != 2) {
      String said;
      try {
        said = JSON.readTree(answer.body()).path("message").asText("");
      } catch (JsonProcessingException noJson) {
        said = "";
      }
      throw new IOException(
          "The schema registry at "
              + url
              + " answered "
              + path
              + " with "
              + answer.statusCode()
              + (said.isEmpty() ? "." : ": " + said));
    }
  }

  private JsonNode json(HttpResponse<String> answer, String path) throws IOException {
    try {
      return JSON.readTree(answer.body());
    } catch (JsonProcessingException noJson) {
      throw new IOException(
          "What answers " + path + " at " + url + " is no schema registry: it sends no JSON.",
          noJson);
    }
  }

  @Override
  public String toString() {
    return url;
  }
}
