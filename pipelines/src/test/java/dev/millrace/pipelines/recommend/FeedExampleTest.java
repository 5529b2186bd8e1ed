package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class FeedExampleTest {
  @RegisterExtension static final MiniClusterExtension FLINK = Topology.cluster();

  private static final int PEOPLE = 3;

  private final Histories histories = new Histories(6, 300);

  @Test
  void areOfTheSamePeopleAtAnyParallelism() throws Exception {
    List<String> sample = sample(1, 11);
    assertThat(sample).hasSize(PEOPLE).isEqualTo(sample(3, 11)).isNotEqualTo(sample(1, 12));
  }

  @Test
  void showAReaderWhatAndWhy() throws Exception {
    for (FeedExample example : examples(2, 11)) {
      assertThat(example.baskets).isGreaterThanOrEqualTo(3);
      assertThat(example.bought).isNotEmpty().doesNotHaveDuplicates().doesNotContain("");
      assertThat(example.feed).hasSizeLessThanOrEqualTo(10).isNotEmpty();
      for (FeedExample.Place place : example.feed) {
        assertThat(place.title).isNotEmpty();
        assertThat(place.why)
            .matches(
                switch (place.reason) {
                  case BUY_AGAIN -> "bought (before|in \\d+ baskets)";
                  case SIMILAR -> "near to .+";
                  case BOUGHT_TOGETHER -> "bought with .+";
                  default -> "many buy it";
                });
      }
    }
    assertThat(examples(2, 11))
        .anySatisfy(
            example ->
                assertThat(example.feed)
                    .extracting(place -> place.reason)
                    .contains(Reason.BUY_AGAIN));
  }

  /**
   * As a reader of the stream gets it: the newest of each person, of the persons with the lowest
   * numbers.
   */
  private List<String> sample(int parallelism, long seed) throws Exception {
    Map<Long, FeedExample> newest = new TreeMap<>();
    for (FeedExample example : examples(parallelism, seed)) {
      newest.merge(example.order, example, (a, b) -> a.time > b.time ? a : b);
    }
    return newest.values().stream()
        .limit(PEOPLE)
        .map(example -> example.userId + " " + example.time + " " + example.bought)
        .toList();
  }

  private List<FeedExample> examples(int parallelism, long seed) throws Exception {
    StreamExecutionEnvironment env = Topology.environment(parallelism);
    RecommendStreams streams =
        Topology.feed(
            env,
            histories.interactions,
            histories.items,
            List.of(),
            RecommendSettings.of(10, "", "").withExamples(PEOPLE, seed),
            null,
            Duration.ZERO);
    List<FeedExample> all = new ArrayList<>();
    CloseableIterator<FeedExample> results = streams.examples().executeAndCollect();
    try {
      results.forEachRemaining(all::add);
    } finally {
      results.close();
    }
    return all;
  }
}
