package dev.millrace.jobs.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Reason;
import dev.millrace.schemas.Recommendation;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LookupServerTest {

  private static final String ANN = "ann/é +&?#%";
  private static final String ANN_IN_A_PATH = "ann%2F%C3%A9%20%2B%26%3F%23%25";

  private final HttpClient http = HttpClient.newHttpClient();
  private final LookupStore store = new LookupStore(3);
  private LookupServer server;

  @SuppressWarnings("NullAway.Init")
  LookupServerTest() {}

  @BeforeEach
  void start() throws IOException {
    server = LookupServer.lease(settings("test", "0"));
    store.title("m", "Red mug");
    tell(Shop.bought(ANN, "m", "one", "2025-01-01T10:00:00Z"));
    tell(
        Shop.feed(
            ANN,
            "2025-01-01T10:00:00Z",
            Shop.place("m", Reason.BUY_AGAIN, null),
            Shop.place("p", Reason.BOUGHT_TOGETHER, "m")));
    tell(Shop.bought(ANN, "p", "two", "2025-01-02T10:00:00Z"));
    store.count(Shop.amounts(100, 90, 1, 2, 2, 1));
    server.show(store);
  }

  private static LookupSettings settings(String id, String address) {
    return new LookupSettings(id, LookupAddress.parse(address), 3);
  }

  private void tell(Interaction bought) {
    store.keep(bought.getUserId(), store.bought(bought));
  }

  private void tell(Recommendation feed) {
    store.keep(feed.getUserId(), store.recommended(feed));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(server.url()).resolve(path))
        .timeout(Duration.ofSeconds(10));
  }

  private HttpResponse<String> send(HttpRequest request) throws Exception {
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode json(String path) throws Exception {
    HttpResponse<String> answer = send(to(path).build());
    assertThat(answer.statusCode()).as(answer::body).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    return new ObjectMapper().readTree(answer.body());
  }

  @Test
  void aPersonsHistoryAndFeed() throws Exception {
    JsonNode ann = json("/people/" + ANN_IN_A_PATH);
    assertThat(ann.get("user_id").asText()).isEqualTo(ANN);
    assertThat(ann.get("feed").get("event_time").asText()).isEqualTo("2025-01-01T10:00:00Z");
    JsonNode places = ann.get("feed").get("items");
    assertThat(places).hasSize(2);
    assertThat(places.get(0).get("title").asText()).isEqualTo("Red mug");
    assertThat(places.get(0).get("reason").asText()).isEqualTo("BUY_AGAIN");
    assertThat(places.get(0).get("because_of").isNull()).isTrue();
    assertThat(places.get(1).get("title").asText()).as("an item without a title").isEqualTo("p");
    assertThat(places.get(1).get("because_of").get("title").asText()).isEqualTo("Red mug");
    assertThat(ann.get("baskets")).hasSize(2);
    assertThat(ann.get("baskets").get(0).get("basket_id").asText()).isEqualTo("two");
    assertThat(ann.get("baskets").get(0).get("judged").asBoolean()).isFalse();

    tell(Shop.feed(ANN, "2025-01-02T10:00:00Z", Shop.place("m", Reason.BUY_AGAIN, null)));
    JsonNode judged = json("/people/" + ANN_IN_A_PATH).get("baskets").get(0);
    assertThat(judged.get("judged").asBoolean()).isTrue();
    assertThat(judged.get("items").get(0).get("recommended_at").asInt()).isEqualTo(2);
  }

  @Test
  void whatIsGoneLeavesTheFeedsThatWereMadeBefore() throws Exception {
    HttpResponse<String> first = send(to("/people/" + ANN_IN_A_PATH).build());
    String tag = first.headers().firstValue("etag").orElseThrow();
    store.available("m", false);
    store.title("m", "Red mug, large");
    HttpRequest again = to("/people/" + ANN_IN_A_PATH).header("If-None-Match", tag).build();
    assertThat(send(again).statusCode()).as("it is another answer now").isEqualTo(200);
    JsonNode ann = json("/people/" + ANN_IN_A_PATH);
    assertThat(ann.get("feed").get("items").findValuesAsText("item_id")).startsWith("p");
    assertThat(ann.get("feed").get("items")).hasSize(1);
    JsonNode mug = ann.get("baskets").get(1).get("items").get(0);
    assertThat(mug.get("title").asText()).isEqualTo("Red mug, large");
    assertThat(mug.get("available").asBoolean()).isFalse();
    store.available("m", true);
    assertThat(json("/people/" + ANN_IN_A_PATH).get("feed").get("items")).hasSize(2);
  }

  @Test
  void anAnswerThatIsKnownIsNotSentAgain() throws Exception {
    HttpResponse<String> first = send(to("/people/" + ANN_IN_A_PATH).build());
    String tag = first.headers().firstValue("etag").orElseThrow();
    HttpRequest again = to("/people/" + ANN_IN_A_PATH).header("If-None-Match", tag).build();
    assertThat(send(again).statusCode()).isEqualTo(304);
    tell(Shop.bought(ANN, "m", "three", "2025-01-03T10:00:00Z"));
    assertThat(send(again).statusCode()).isEqualTo(200);
  }

  @Test
  void people() throws Exception {
    tell(Shop.bought("bea", "m", null, "2025-01-04T10:00:00Z"));
    tell(Shop.feed("bob", "2025-01-05T10:00:00Z", Shop.place("m", Reason.POPULAR, null)));
    assertThat(names("/people")).containsExactly("bob", ANN);
    assertThat(names("/people?limit=1")).containsExactly("bob");
    assertThat(names("/people?prefix=b")).containsExactly("bea", "bob");
    assertThat(names("/people?prefix=zoe")).isEmpty();
    // There is place for three: whoever was not heard of for longest goes.
    tell(Shop.bought("cy", "m", null, "2025-01-06T10:00:00Z"));
    assertThat(send(to("/people/" + ANN_IN_A_PATH).build()).statusCode()).isEqualTo(404);
    assertThat(names("/people")).containsExactly("bob");
    assertThat(json("/people").get("people_kept").asInt()).isEqualTo(3);
  }

  private List<String> names(String path) throws Exception {
    return json(path).get("people").findValuesAsText("user_id");
  }

  @Test
  void ratesOnceOrAsAStream() throws Exception {
    JsonNode rates = json("/rates");
    assertThat(rates.get("totals").get("rows_read").asInt()).isEqualTo(100);
    assertThat(rates.get("quality").get("hit_rate_at_k").isNull()).isTrue();
    store.count(Shop.amounts(300, 0, 0, 0, 0, 0, 4, 3));
    HttpResponse<Stream<String>> stream =
        http.send(
            to("/rates").header("Accept", "text/event-stream").build(),
            HttpResponse.BodyHandlers.ofLines());
    assertThat(stream.headers().firstValue("content-type")).contains("text/event-stream");
    try (Stream<String> lines = stream.body()) {
      JsonNode later =
          new ObjectMapper()
              .readTree(
                  lines
                      .filter(line -> line.startsWith("data: ") && line.contains(":400,"))
                      .findFirst()
                      .orElseThrow()
                      .substring(6));
      assertThat(later.get("phase").asText()).isEqualTo("running");
      assertThat(later.get("per_second").get("rows_read").asDouble()).isBetween(50.0, 300.0);
      assertThat(later.get("quality").get("hit_rate_at_k").asDouble()).isEqualTo(0.75);
    }
  }

  @Test
  void thePageComesWithAPolicy() throws Exception {
    for (String path : List.of("/", "/page.css", "/page.js", "/icon.svg")) {
      HttpResponse<String> answer = send(to(path).build());
      assertThat(answer.statusCode()).as(path).isEqualTo(200);
      assertThat(answer.headers().firstValue("content-security-policy").orElse(""))
          .contains("default-src 'none'")
          .doesNotContain("unsafe");
      assertThat(answer.headers().firstValue("x-content-type-options")).contains("nosniff");
      assertThat(answer.body().replace("http://www.w3.org/2000/svg", ""))
          .as("nothing of another host")
          .doesNotContain("http://", "https://");
    }
  }

  @Test
  void whatCannotBeAnsweredSaysWhy() throws Exception {
    assertThat(send(to("/people/nobody").build()).body()).contains("Nobody of that name");
    assertThat(send(to("/favicon.ico").build()).statusCode()).isEqualTo(404);
    assertThat(send(to("/people/%FF").build()).statusCode()).isEqualTo(404);
    assertThat(send(to("/people?limit=0").build()).statusCode()).isEqualTo(400);
    assertThat(send(to("/people?limit=101").build()).body()).contains("from 1 to 100");
    HttpResponse<String> post =
        send(to("/people").POST(HttpRequest.BodyPublishers.ofString("{}")).build());
    assertThat(post.statusCode()).isEqualTo(405);
    assertThat(post.headers().firstValue("allow")).contains("GET, HEAD");
    HttpResponse<String> head =
        send(to("/").method("HEAD", HttpRequest.BodyPublishers.noBody()).build());
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(raw("GET /people HTTP/1.1", "shop.example")).startsWith("HTTP/1.1 421");
    assertThat(raw("GET /people HTTP/1.1", "localhost")).startsWith("HTTP/1.1 200");
    assertThat(raw("GET /people/%zz HTTP/1.1", "localhost")).startsWith("HTTP/1.1 400");
  }

  private String raw(String line, String host) throws IOException {
    URI own = URI.create(server.url());
    try (Socket socket = new Socket(own.getHost(), own.getPort())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write(
              (line + "\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void oneServerIsSharedAndOutlastsAllButTheLast() throws Exception {
    LookupServer other = LookupServer.lease(settings("test", "0"));
    assertThat(other).isSameAs(server);
    other.close();
    assertThat(json("/rates").get("phase").asText()).isEqualTo("starting");
    assertThat(names("/people")).as("what was served stays").containsExactly(ANN);
  }

  @Test
  void aPlaceThatIsTakenIsNamed() {
    String taken = "127.0.0.1:" + URI.create(server.url()).getPort();
    assertThatThrownBy(() -> LookupServer.lease(settings("another", taken)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(taken)
        .hasMessageContaining("in use")
        .hasMessageContaining("port 0");
  }
}
