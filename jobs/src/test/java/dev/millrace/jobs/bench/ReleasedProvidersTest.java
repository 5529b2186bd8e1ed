package dev.millrace.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReleasedProvidersTest {

  @TempDir Path folder;

  private final BenchRun command = new BenchRun();

  @Test
  void whatFlinkBringsIsMeasuredBesideOursOrItsErrorIsSaid() throws IOException {
    Path json = folder.resolve("rows.json");
    command.run(
        "bench",
        "--quick",
        "--rounds=1",
        "--only=sql-openai-vs-released-defaults,sql-released-triton",
        "--json",
        json.toString());
    JsonNode rows = new ObjectMapper().readTree(json.toFile());
    assertThat(rows).as(() -> command.said() + command.complained()).hasSize(2);
    JsonNode openAi = rows.get(0);
    assertThat(openAi.get("median").asDouble()).isPositive();
    assertThat(openAi.get("reference_name").asText()).isEqualTo("flink-model-openai");
    // The server does one call at a time, and theirs has one text in each: no machine is faster.
    assertThat(openAi.get("reference_median").asDouble()).isBetween(0.1, 200.0);
    JsonNode triton = rows.get(1);
    assertThat(triton.get("median").asDouble()).isZero();
    assertThat(triton.get("met").asBoolean()).isTrue();
    assertThat(command.said()).contains("It does not run, whatever the columns of the model are: ");
  }

  @Test
  void aTextHasTheSameVectorHoweverItIsAskedFor() throws Exception {
    try (EmbeddingServerProcess server = new EmbeddingServerProcess()) {
      JsonNode alone = ask(server, "\"a mug\"", "float").get(0);
      JsonNode together = ask(server, "[\"tea\", \"a mug\"]", "float");
      assertThat(together).hasSize(2);
      assertThat(together.get(1).get("index").asInt()).isEqualTo(1);
      JsonNode vector = together.get(1).get("embedding");
      assertThat(vector).hasSize(384).isEqualTo(alone.get("embedding"));
      double squares = 0;
      for (JsonNode number : vector) {
        squares += number.asDouble() * number.asDouble();
      }
      assertThat(squares).isBetween(0.999, 1.001);
      JsonNode tokens = ask(server, "[[101, 2, 102], [101, 102]]", "base64");
      assertThat(tokens).hasSize(2);
      assertThat(tokens.get(0).get("embedding").binaryValue()).hasSize(384 * Float.BYTES);
      assertThat(ask(server, "[101, 2, 102]", "base64"))
          .hasSize(1)
          .first()
          .isEqualTo(tokens.get(0));
    }
  }

  private static JsonNode ask(EmbeddingServerProcess server, String input, String format)
      throws Exception {
    String body =
        "{\"model\": \"minilm\", \"encoding_format\": \""
            + format
            + "\", \"input\": "
            + input
            + "}";
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create("http://" + server.address() + "/embeddings"))
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    return new ObjectMapper().readTree(answer.body()).get("data");
  }
}
