package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.schemas.Interaction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The topology in a MiniCluster, against the same computed the slow way. */
class RecommendTest {
  @RegisterExtension static final MiniClusterExtension FLINK = Topology.cluster();

  private static final Pattern SCORE = Pattern.compile(":([0-9.E-]+):");
  private static final Duration ORDERED = Duration.ZERO;

  /** All that a shop may want. */
  static final ShopRules SHOP =
      ShopRules.NONE
          .withFilter(fields -> !"hidden".equals(fields.get("kind")))
          .withMostAlike(1, 0.5)
          .withIntroduce(3)
          .withRefresh(Duration.ofHours(31), Duration.ofDays(4));

  private final RecommendSettings settings = RecommendSettings.of(10, "", "");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void isTheSameAsComputedOneByOne(long seed) throws Exception {
    // Few items and many baskets: everything has companions, which must not outweigh all else.
    FeedWeights weights = FeedWeights.DEFAULT;
    RecommendSettings settings =
        this.settings.withWeights(
            new FeedWeights(
                weights.bought(),
                new FeedWeights.Unknown(0, 0.8, -0.6, 0.15, 1.5, -0.2),
                new FeedWeights.Unknown(0, 0.8, -0.6, 0.15, 1.5, -0.2),
                0.02,
                weights.sources(),
                weights.coldFor(),
                weights.minCosine(),
                weights.recentItems(),
                weights.nearTo(),
                weights.neighbours(),
                weights.companionRecency(),
                weights.candidates(),
                1));
    Histories histories = new Histories(seed, 300);
    List<String> expected =
        new SequentialFeed(histories.interactions, histories.items, settings).lines();
    List<String> alone =
        Topology.run(histories.interactions, histories.items, settings, 1, ORDERED);
    assertSame(alone, expected, seed);
    assertThat(alone)
        .anyMatch(line -> line.contains("SIMILAR"))
        .anyMatch(line -> line.contains("BOUGHT_TOGETHER"))
        .anyMatch(line -> line.contains("POPULAR"))
        .anyMatch(line -> line.matches(".* cold=[1-9].*"));

    int parallelism = 2 + (int) (seed % 2);
    Duration disorder = Duration.ofHours(5);
    assertThat(
            Topology.run(histories.interactions, histories.items, settings, parallelism, ORDERED))
        .as("seed %d, parallelism %d", seed, parallelism)
        .isEqualTo(alone);
    assertThat(
            Topology.run(
                Histories.disordered(histories.interactions, disorder, seed),
                histories.items,
                settings,
                parallelism,
                disorder))
        .as("seed %d, parallelism %d, out of order", seed, parallelism)
        .isEqualTo(alone);
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12})
  void doesWhatTheShopWants(long seed) throws Exception {
    RecommendSettings shop =
        settings
            .withRules(SHOP)
            .withWeights(settings.weights().withDiscover(2).withSources(Set.of(Source.values())));
    Histories histories = new Histories(seed, 120);
    List<String> alone =
        Topology.run(histories.interactions, histories.items, histories.offers, shop, 1, ORDERED);
    assertSame(
        alone,
        new SequentialFeed(histories.interactions, histories.items, histories.offers, shop).lines(),
        seed);
    assertThat(alone.stream().filter(line -> line.startsWith("feed")))
        .as("feeds of baskets and again, seed %d", seed)
        .hasSizeGreaterThan(200);

    Duration disorder = Duration.ofHours(5);
    assertThat(
            Topology.run(
                Histories.disordered(histories.interactions, disorder, seed),
                histories.items,
                Histories.disordered(histories.offers, offer -> offer.eventTime, disorder, seed),
                shop,
                3,
                disorder))
        .as("seed %d, parallelism 3, out of order", seed)
        .isEqualTo(alone);
  }

  @Test
  void whatIsGoneLeavesAllFeedsUntilItIsBack() throws Exception {
    List<Interaction> rows =
        List.of(
            row("ann", "tea", 0, "1"),
            row("bob", "jam", 1, "2"),
            row("ann", "jam", 30, "3"),
            row("bob", "tea", 60, "4"),
            row("ann", "cup", 90, "5"),
            row("bob", "cup", 120, "6"));
    List<ItemOffer> offers =
        List.of(offer("tea", 0, true), offer("tea", 60, false), offer("tea", 90, true));

    List<String> lines = Topology.run(rows, List.of(), offers, settings, 2, ORDERED);
    assertThat(lines.stream().filter(line -> line.startsWith("feed")))
        .satisfiesExactly(
            ann -> assertThat(ann).contains(" tea:"),
            ann -> assertThat(ann).contains(" tea:"),
            // What is said of the moment of a basket is known to the feed that follows it.
            ann -> assertThat(ann).contains(" tea:", " jam:", " cup:"),
            bob -> assertThat(bob).contains(" jam:"),
            bob -> assertThat(bob).contains(" jam:").doesNotContain(" tea:"),
            bob -> assertThat(bob).contains(" tea:", ":BUY_AGAIN:"));
  }

  private static ItemOffer offer(String item, int minute, boolean available) {
    long time = Histories.START + Duration.ofMinutes(minute).toMillis();
    return new ItemOffer(item, time, available, null);
  }

  @Test
  void isMadeOfTheSourcesAskedFor() throws Exception {
    Histories histories = new Histories(6, 100);
    assertThat(reasons(histories, Set.of(Source.HISTORY))).containsExactly("BUY_AGAIN");
    assertThat(reasons(histories, Set.of(Source.COMPANIONS)))
        .contains("BOUGHT_TOGETHER")
        .doesNotContain("BUY_AGAIN", "SIMILAR");
    assertThat(reasons(histories, Set.of(Source.CONTENT, Source.TREND)))
        .contains("SIMILAR", "POPULAR")
        .doesNotContain("BUY_AGAIN", "BOUGHT_TOGETHER");
  }

  private Set<String> reasons(Histories histories, Set<Source> sources) throws Exception {
    RecommendSettings some =
        settings.withWeights(
            new FeedWeights(
                FeedWeights.DEFAULT.bought(),
                new FeedWeights.Unknown(0, 0.5, 0, 0.5, 3, 0),
                new FeedWeights.Unknown(0, 0.5, 0, 0.5, 3, 0),
                0,
                sources,
                FeedWeights.DEFAULT.coldFor(),
                FeedWeights.DEFAULT.minCosine(),
                50,
                20,
                20,
                FeedWeights.DEFAULT.companionRecency(),
                100,
                0));
    Set<String> reasons = new TreeSet<>();
    for (String line : Topology.run(histories.interactions, histories.items, some, 1, ORDERED)) {
      Matcher reason = Pattern.compile(":([A-Z_]+):").matcher(line);
      while (reason.find()) {
        reasons.add(reason.group(1));
      }
    }
    return reasons;
  }

  @Test
  void keepsNoMoreOfAPersonThanAsked() throws Exception {
    RecommendSettings few =
        new RecommendSettings(
            10,
            "",
            "",
            settings.basketGap(),
            settings.basketMemory(),
            settings.historyHalfLife(),
            settings.trendHalfLife(),
            6,
            settings.companions(),
            settings.weights(),
            settings.rules(),
            settings.exactUpTo(),
            0,
            1);
    Histories histories = new Histories(4, 300);
    assertSame(
        Topology.run(histories.interactions, histories.items, few, 1, ORDERED),
        new SequentialFeed(histories.interactions, histories.items, few).lines(),
        4);
  }

  @Test
  void lateRowsAreLearntOnceAndNotJudged() throws Exception {
    List<Interaction> rows = new ArrayList<>();
    rows.add(row("ann", "tea", 0, "1"));
    rows.add(row("bob", "tea", 60, "2"));
    rows.add(row("ann", "jam", 1, "1")); // Late: the basket was handed on.
    rows.add(row("ann", "tea", 1, "1")); // Late, and a duplicate of what was handed on.
    rows.add(row("ann", "cup", 30, "3")); // Late, and a whole basket.
    rows.add(row("ann", "pot", 31, null)); // Late, and a basket of its own.
    rows.add(row("ann", "jam", 90, "4"));
    rows.add(row("bob", "jam", 91, "2")); // Beyond the gap of its basket, and in time.

    List<String> lines = Topology.run(rows, List.of(), settings, 1, ORDERED);
    assertThat(lines.stream().filter(line -> line.startsWith("outcome")).map(RecommendTest::brief))
        .containsExactlyInAnyOrder(
            "0 items=1 part=false late=false evaluated=false",
            "1 items=1 part=true late=true evaluated=false",
            "30 items=1 part=false late=true evaluated=false",
            "31 items=1 part=false late=true evaluated=false",
            "60 items=1 part=false late=false evaluated=false",
            "90 items=1 part=false late=false evaluated=true",
            "91 items=1 part=true late=false evaluated=false");
    assertThat(lines.stream().filter(line -> line.startsWith("feed ann")))
        .hasSize(2)
        .last()
        .asString()
        .contains("cup", "jam", "pot", "tea")
        .doesNotContain("POPULAR");
    assertThat(lines.stream().filter(line -> line.startsWith("feed bob"))).hasSize(2);
  }

  private static String brief(String outcome) {
    String[] words = outcome.split(" ", -1);
    long minute = (Long.parseLong(words[1]) - Histories.START) / 60_000;
    return "%d %s %s %s %s".formatted(minute, words[2], words[3], words[4], words[6]);
  }

  private static Interaction row(String user, String item, int minute, @Nullable String basket) {
    return new Interaction(
        user,
        item,
        Instant.ofEpochMilli(Histories.START).plus(Duration.ofMinutes(minute)),
        basket,
        1.0,
        null,
        null);
  }

  private static void assertSame(List<String> actual, List<String> expected, long seed) {
    assertSame(actual, expected, seed, 1e-5);
  }

  /**
   * The same lines but for the scores.
   *
   * @param by how far a score may be from the expected one, by that
   */
  static void assertSame(List<String> actual, List<String> expected, long seed, double by) {
    assertThat(actual.stream().map(RecommendTest::withoutScores))
        .as("seed %d", seed)
        .containsExactlyElementsOf(expected.stream().map(RecommendTest::withoutScores).toList());
    for (int i = 0; i < actual.size(); i++) {
      Matcher ours = SCORE.matcher(actual.get(i));
      Matcher theirs = SCORE.matcher(expected.get(i));
      while (ours.find() && theirs.find()) {
        double score = Double.parseDouble(theirs.group(1));
        assertThat(Double.parseDouble(ours.group(1)))
            .as("seed %d", seed)
            .isCloseTo(score, within(by * score));
      }
    }
  }

  private static String withoutScores(String line) {
    return SCORE.matcher(line).replaceAll(":");
  }
}
