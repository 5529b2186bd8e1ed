package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.jobs.cluster.ChildJvm;
import dev.millrace.schemas.Recommendation;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./millrace feed --serve}: what is served is what is written. */
final class ServeIT {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Pattern PLACE = Pattern.compile("Serving the feeds at (\\S+)");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private final HttpClient http = HttpClient.newHttpClient();

  private Path sales() throws IOException {
    StringBuilder rows = new StringBuilder("user,item,text,basket,time\n");
    String[] names = {"Red mug", "Blue mug", "Garden fork", "Wool scarf", "Yoga mat"};
    for (int i = 0; i < 120; i++) {
      rows.append("p").append(i % 4).append(",s").append(i % 5).append(",");
      rows.append(names[i % 5]).append(",b").append(i / 2).append(",2025-02-");
      rows.append(String.format(Locale.ROOT, "%02d", 1 + i / 6)).append("T12:00:00Z\n");
    }
    return Files.writeString(folder.resolve("sales.csv"), rows);
  }

  private JsonNode get(URI at) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(HttpRequest.newBuilder(at).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer::body).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  @Test
  void whatIsServedIsWhatIsWrittenAndStaysUntilItIsStopped() throws Exception {
    Path output = folder.resolve("feed");
    try (ChildJvm run =
        MillraceProcess.start(
            folder.resolve("said.txt"),
            "feed",
            "--interactions=" + sales(),
            "--serve=0",
            "--top-k=4",
            "--parallelism=2",
            "--output=" + output)) {
      run.until("stays", PATIENCE, () -> assertThat(run.said()).contains("The feeds stay at http"));
      Matcher place = PLACE.matcher(run.said());
      assertThat(place.find()).isTrue();
      URI url = URI.create(place.group(1));

      List<Recommendation> written = CommandRun.read(output, Recommendation.class);
      Recommendation last =
          written.stream()
              .filter(feed -> feed.getUserId().equals("p1"))
              .max(Comparator.comparing(Recommendation::getEventTime))
              .orElseThrow();
      JsonNode person = get(url.resolve("/people/p1"));
      assertThat(person.get("feed").get("event_time").asText())
          .isEqualTo(last.getEventTime().toString());
      assertThat(person.get("feed").get("items").findValuesAsText("reason"))
          .isEqualTo(last.getItems().stream().map(item -> item.getReason().name()).toList());
      assertThat(person.get("feed").get("items").get(0).get("item_id").asText())
          .isEqualTo(last.getItems().get(0).getItemId());
      assertThat(person.get("baskets").findValuesAsText("title")).contains("Red mug", "Yoga mat");
      assertThat(person.get("baskets").get(1).get("judged").asBoolean()).isTrue();

      // The figures are sampled once a second.
      JsonNode rates =
          Awaitility.await("the figures of the end")
              .until(
                  () -> get(url.resolve("/rates")),
                  sampled -> sampled.get("phase").asText().equals("ended"));
      assertThat(rates.get("people_kept").asInt()).isEqualTo(4);
      assertThat(rates.get("totals").get("rows_read").asInt()).isEqualTo(120);
      assertThat(rates.get("totals").get("recommendations").asInt()).isEqualTo(written.size());

      run.terminate();
      assertThat(run.await()).as(run::said).isZero();
      assertThat(run.said()).doesNotContain("Exception");
      Assertions.assertThatThrownBy(() -> get(url)).isInstanceOf(ConnectException.class);
    }
  }
}
