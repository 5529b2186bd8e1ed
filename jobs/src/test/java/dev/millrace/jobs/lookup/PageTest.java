package dev.millrace.jobs.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Reason;
import dev.millrace.schemas.Recommendation;
import dev.millrace.schemas.RecommendedItem;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, of a server whose store the test fills as a job would. */
final class PageTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String MARKUP = "<img src=x onerror=\"document.title='owned'\">";

  private static Chromium browser;

  private final LookupStore store = new LookupStore(100);
  private LookupServer server;

  @SuppressWarnings("NullAway.Init")
  PageTest() {}

  @BeforeAll
  static void startBrowser(@TempDir Path profile) throws IOException {
    browser = Chromium.start(profile);
  }

  @AfterAll
  @SuppressWarnings("RedundantNullCheck") // Where there is no browser, nothing was started.
  static void stopBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void startServer() throws IOException {
    server = LookupServer.lease(new LookupSettings("page", LookupAddress.parse("0"), 100));
    server.show(store);
    IntStream.range(0, 12).forEach(i -> store.title("i" + i, "Item number " + i));
    tell(Shop.bought("ann", "i1", "one", "2025-03-01T10:00:00Z"));
    tell(Shop.bought("ann", "i2", "one", "2025-03-01T10:00:00Z"));
    tell(
        Shop.feed(
            "ann",
            "2025-03-01T10:00:00Z",
            Shop.place("i1", Reason.BUY_AGAIN, null),
            Shop.place("i3", Reason.BOUGHT_TOGETHER, "i2"),
            Shop.place("i4", Reason.POPULAR, null)));
    tell(Shop.bought("ann", "i3", "two", "2025-03-09T11:30:00Z"));
    tell(Shop.bought("ann", "i5", "two", "2025-03-09T11:30:00Z"));
    tell(
        Shop.feed(
            "ann",
            "2025-03-09T11:30:00Z",
            Shop.place("i3", Reason.BUY_AGAIN, null),
            Shop.place("i6", Reason.SIMILAR, "i5"),
            Shop.place("i4", Reason.POPULAR, null)));
    store.count(Shop.amounts(1_234, 1_200, 1, 12, 2, 2, 1, 1, 0.5));
  }

  @AfterEach
  void stopServer() {
    // What a page says of a server that goes away is not the next test's.
    browser.open("about:blank");
    server.close();
  }

  private void tell(Interaction bought) {
    store.keep(bought.getUserId(), store.bought(bought));
  }

  private void tell(Recommendation feed) {
    store.keep(feed.getUserId(), store.recommended(feed));
  }

  private void open(String rest) {
    browser.open(server.url() + rest);
  }

  private static void shows(String selector, String... texts) {
    Awaitility.await(selector)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() -> assertThat(browser.text(selector)).contains(texts));
  }

  private static double number(String script) {
    return Double.parseDouble(browser.evaluate(script));
  }

  private static double edge(String selector, String side) {
    return number("document.querySelector('" + selector + "').getBoundingClientRect()." + side);
  }

  @Test
  void historyAndFeedAreSideBySideWithReasons() {
    browser.window(1280, 800, false);
    open("");
    // Nobody was asked for: whoever has the most to show is shown.
    shows("#name", "ann");
    shows("#as-of", "Feed as of 9 March 2025, 11:30");
    shows("#feed", "Item number 3", "Buy again", "bought on 9 March 2025");
    shows("#feed", "Item number 6", "Similar to", "Item number 5");
    shows("#feed", "Item number 4", "Popular", "many people buy it now");
    shows("#bought", "1 of 2 in the feed before");
    assertThat(browser.evaluate("document.querySelector('#bought .was').title"))
        .isEqualTo("Was at place 2 of the feed before");
    shows("[data-figure=rows] small", "1,234 read");
    shows("[data-figure=hits]", "1.000");
    shows("#phase", "Live");
    assertThat(edge("#bought", "right")).isLessThan(edge("#feed", "left"));
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void aTelephoneShowsAllOfItBelowEachOther() {
    browser.window(360, 740, true);
    open("?person=ann");
    shows("#feed", "Item number 3");
    assertThat(number("document.documentElement.scrollWidth"))
        .as("nothing is beyond the right edge")
        .isLessThanOrEqualTo(360);
    assertThat(edge("#feed", "bottom")).isLessThan(edge("#bought", "top"));
    assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
        .as("dark where that is wanted")
        .isEqualTo("rgb(20, 24, 27)");
  }

  @Test
  void thePageFollowsTheJob() {
    browser.window(1280, 800, false);
    open("?person=ann");
    shows("#feed", "Item number 6");
    tell(Shop.bought("ann", "i6", "three", "2025-03-12T00:00:00Z"));
    shows("#bought", "12 March 2025", "not yet in the feed");
    tell(
        Shop.feed(
            "ann",
            "2025-03-12T00:00:00Z",
            Shop.place("i7", Reason.BOUGHT_TOGETHER, "i6"),
            Shop.place("i4", Reason.POPULAR, null)));
    store.count(Shop.amounts(766));
    shows("#as-of", "Feed as of 12 March 2025");
    shows("#feed li:first-child", "Item number 7", "new", "Bought with", "Item number 6");
    shows("#bought", "1 of 1 in the feed before");
    shows("[data-figure=rows] small", "2,000 read");
    server.ended();
    shows("#phase", "The rows have ended");
  }

  @Test
  void textIsNeverMarkup() {
    store.title("i8", MARKUP);
    tell(Shop.bought(MARKUP, "i8", "<b>one</b>", "2025-03-01T10:00:00Z"));
    RecommendedItem place = Shop.place("<i>i9</i>", Reason.SIMILAR, "i8");
    tell(Shop.feed(MARKUP, "2025-03-01T10:00:00Z", place));
    int before = browser.complaints().size();
    open("");
    shows("#people", MARKUP);
    browser.evaluate(
        "[...document.querySelectorAll('#people a')].find(a => a.innerText.includes('img')).click()");
    shows("#name", MARKUP);
    shows("#bought", MARKUP);
    shows("#feed", "<i>i9</i>", MARKUP);
    assertThat(browser.evaluate("document.querySelectorAll('main img, main b b, main i').length"))
        .isEqualTo("0");
    assertThat(browser.evaluate("document.title")).contains(MARKUP);
    assertThat(browser.complaints()).hasSize(before);
  }

  @Test
  void peopleAreFoundByHowTheirNamesBegin() {
    tell(Shop.bought("bea", "i1", null, "2025-03-01T10:00:00Z"));
    tell(Shop.bought("bob", "i1", null, "2025-03-01T10:00:00Z"));
    open("?person=ann");
    shows("#people", "ann");
    browser.evaluate(
        "(s => { s.value = 'bo'; s.dispatchEvent(new Event('input')); })(document.querySelector('#search'))");
    shows("#people", "bob");
    shows("#list-title", "Names that begin so");
    assertThat(browser.text("#people")).doesNotContain("bea", "ann");
    browser.evaluate("document.querySelector('#find').requestSubmit()");
    shows("#name", "bob");
    shows("#as-of", "No feed yet");
    assertThat(browser.evaluate("location.search")).isEqualTo("?person=bob");
    browser.evaluate("history.back()");
    shows("#name", "ann");
  }

  @Test
  void whoeverIsNotKnownIsNamed() {
    open("?person=zoe");
    shows("#as-of", "Nobody of that name");
    shows("#name", "zoe");
  }
}
