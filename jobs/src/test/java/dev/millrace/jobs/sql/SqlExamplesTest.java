package dev.millrace.jobs.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.accelerator.onnx.HeadedModels;
import dev.millrace.accelerator.onnx.Texts;
import dev.millrace.accelerator.servers.TestServer;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.pipelines.Embed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts in {@code jobs/examples}, as they lie there. */
class SqlExamplesTest {

  private static final Path EXAMPLES = Path.of("examples");

  @TempDir Path folder;

  private final SqlRun command = new SqlRun();

  private void run(String example, String... sets) {
    List<String> args = new ArrayList<>(List.of("sql", EXAMPLES.resolve(example).toString()));
    for (String set : sets) {
      args.addAll(List.of("--set", set));
    }
    int code = command.run(args.toArray(String[]::new));
    assertThat(command.complained()).isEmpty();
    assertThat(code).isEqualTo(ExitCode.DONE);
  }

  /** Sales of fifty products, most of them sold several times, and one without a description. */
  private Path sales(List<String> descriptions) throws IOException {
    StringBuilder csv =
        new StringBuilder(
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n");
    for (int sale = 0; sale < 120; sale++) {
      int product = sale % descriptions.size();
      csv.append(
          "5%d,c%d,\"%s\",1,2011-01-01,1.0,7,UK\n"
              .formatted(sale, product, descriptions.get(product)));
    }
    csv.append("5999,c999,,1,2011-01-01,1.0,7,UK\n");
    return Files.writeString(folder.resolve("sales.csv"), csv);
  }

  private static List<String> descriptions() {
    return Texts.generated(50, 8, 4).stream().distinct().toList();
  }

  private static List<JsonNode> rows(Path output) throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    try (Stream<Path> files = Files.list(output)) {
      for (Path file :
          files.filter(path -> !path.getFileName().toString().startsWith(".")).toList()) {
        for (String line : Files.readAllLines(file)) {
          rows.add(new ObjectMapper().readTree(line));
        }
      }
    }
    return rows;
  }

  private static float[] vector(JsonNode array) {
    float[] vector = new float[array.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = array.get(i).floatValue();
    }
    return vector;
  }

  private static Map<String, float[]> byDataStream(List<String> texts) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
    Map<String, float[]> vectors = new HashMap<>();
    try (CloseableIterator<Tuple2<String, float[]>> results =
        Embed.stream(
                "embed",
                env.fromData(texts),
                text -> text,
                InferenceSettings.from(new Configuration()))
            .rows()
            .executeAndCollect()) {
      results.forEachRemaining(row -> vectors.put(row.f0, row.f1));
    }
    return vectors;
  }

  @ParameterizedTest
  @ValueSource(strings = {"streaming", "batch"})
  void eachSaleGetsTheVectorOfTheDataStreamWay(String mode) throws Exception {
    List<String> descriptions = descriptions();
    Path output = folder.resolve("embedded");
    run("sales.sql", "input=" + sales(descriptions), "output=" + output, "mode=" + mode);
    Map<String, float[]> expected = byDataStream(descriptions);
    List<JsonNode> rows = rows(output);
    assertThat(rows).hasSize(121);
    for (JsonNode row : rows) {
      if (row.get("code").asText().equals("c999")) {
        assertThat(row.get("error").asText()).contains("INVALID: ");
        assertThat(row.get("embedding").isNull()).isTrue();
      } else {
        assertThat(row.get("error").isNull()).isTrue();
        assertThat(vector(row.get("embedding")))
            .containsExactly(expected.get(row.get("description").asText()));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"streaming", "batch"})
  void reviewsHaveTheScoresOfAPlainLoop(String mode) throws Exception {
    List<String> texts = Texts.generated(24, 20, 6);
    StringBuilder csv = new StringBuilder();
    for (int i = 0; i < texts.size(); i++) {
      csv.append("%d,\"%s\"\n".formatted(i, texts.get(i).replace("\"", "\"\"")));
    }
    Path input = Files.writeString(folder.resolve("reviews.csv"), csv);
    Path classifier =
        HeadedModels.of(
            folder.resolve("classifier"), 2, "\"id2label\": {\"0\": \"no\", \"1\": \"yes\"},");
    Path reranker = HeadedModels.of(folder.resolve("reranker"), 1, "\"num_labels\": 1,");
    Path output = folder.resolve("scored");
    run(
        "scores.sql",
        "mode=" + mode,
        "input=" + input,
        "output=" + output,
        "classifier=" + classifier,
        "reranker=" + reranker,
        "question=is it warm?");
    List<float[]> labels =
        HeadedModels.logits(classifier, texts.stream().map(text -> new String[] {text}).toList());
    List<float[]> relevance =
        HeadedModels.logits(
            reranker, texts.stream().map(text -> new String[] {"is it warm?", text}).toList());
    List<JsonNode> rows = rows(output);
    assertThat(rows).hasSameSizeAs(texts);
    for (JsonNode row : rows) {
      int id = row.get("id").asInt();
      float[] scores = HeadedModels.softmax(labels.get(id));
      assertThat(row.get("label").asText()).isEqualTo(scores[1] > scores[0] ? "yes" : "no");
      assertThat(row.get("score").floatValue())
          .isCloseTo(Math.max(scores[0], scores[1]), within(1e-4f));
      assertThat(row.get("relevance").floatValue())
          .isCloseTo(HeadedModels.sigmoid(relevance.get(id)[0]), within(1e-4f));
    }
  }

  @Test
  void reviewsAreAnsweredByAServer() throws Exception {
    Path input =
        Files.writeString(folder.resolve("reviews.csv"), "1,a warm coat\n2,\n3,a forbidden coat\n");
    Path output = folder.resolve("answered");
    try (TestServer server = TestServer.chat("name=org/tiny")) {
      run(
          "answers.sql",
          "input=" + input,
          "output=" + output,
          "server=http://" + server.address() + "/v1",
          "model=org/tiny");
    }
    Map<String, JsonNode> byId = new HashMap<>();
    rows(output).forEach(row -> byId.put(row.get("id").asText(), row));
    assertThat(byId).hasSize(3);
    JsonNode first = Objects.requireNonNull(byId.get("1"));
    assertThat(first.get("title").asText())
        .isEqualTo("[You write titles of at most eight words.] coat warm a Review:");
    assertThat(first.get("finish_reason").asText()).isEqualTo("stop");
    assertThat(first.get("topic").asText()).startsWith("What_is_this_review_about");
    assertThat(first.get("stars").isInt()).isTrue();
    assertThat(first.get("recommended").isBoolean()).isTrue();
    assertThat(first.get("error").isNull()).isTrue();
    JsonNode filtered = Objects.requireNonNull(byId.get("3"));
    assertThat(filtered.get("finish_reason").asText()).isEqualTo("content_filter");
    assertThat(filtered.get("topic").isNull()).isTrue();
    assertThat(filtered.get("error").asText()).contains("The answer is no JSON object");
  }

  @Test
  void theNearestProductsAreThoseOfThePlainestSearch() throws Exception {
    List<String> descriptions = descriptions();
    Path items = folder.resolve("items");
    run("embed.sql", "input=" + sales(descriptions), "output=" + items);
    Map<String, float[]> products = new TreeMap<>();
    rows(items)
        .forEach(
            row -> products.put(row.get("description").asText(), vector(row.get("embedding"))));
    assertThat(products).hasSameSizeAs(descriptions);
    byDataStream(descriptions)
        .forEach((text, vector) -> assertThat(products.get(text)).containsExactly(vector));

    String wanted = descriptions.get(0);
    run("nearest.sql", "items=" + items, "like=" + wanted, "top=5");
    float[] searched = Objects.requireNonNull(products.get(wanted));
    List<String> nearest =
        products.entrySet().stream()
            .sorted(Comparator.comparingDouble(other -> -dot(searched, other.getValue())))
            .limit(5)
            .map(other -> cell(other.getKey()))
            .toList();
    Map<String, String> scores = new LinkedHashMap<>();
    command
        .said()
        .lines()
        .filter(line -> line.length() > 90)
        .skip(2)
        .forEach(line -> scores.put(line.substring(42, 82).strip(), line.substring(84).strip()));
    assertThat(scores.keySet()).containsExactlyElementsOf(nearest);
    assertThat(scores.values()).first().asString().startsWith("1.0000");
  }

  /** A text as the table shows it. */
  private static String cell(String text) {
    return text.length() > 40 ? text.substring(0, 39) + "…" : text;
  }

  private static double dot(float[] a, float[] b) {
    double dot = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
    }
    return dot;
  }
}
