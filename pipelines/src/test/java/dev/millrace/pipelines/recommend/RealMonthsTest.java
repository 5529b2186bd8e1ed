package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.SharedData;
import dev.millrace.schemas.Interaction;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What the feed is worth on real purchases, without embeddings: by history and popularity alone.
 */
class RealMonthsTest {
  private static final Pattern OUTCOME =
      Pattern.compile(
          "evaluated=true hit=(\\w+) recall=(\\S+) popularityHit=(\\w+) popularityRecall=(\\S+)");

  /** The time limit is for a machine that others use as well. */
  @Test
  @Timeout(120)
  void beatsHistoryAndPopularity() throws Exception {
    List<Interaction> interactions = RealMonths.interactions(SharedData.onlineRetail());
    assertThat(interactions).hasSize(226_488);

    long began = System.nanoTime();
    List<String> lines =
        Topology.run(
            interactions,
            List.of(),
            RecommendSettings.of(20, "none", ""),
            2,
            Duration.ofSeconds(1));
    Duration took = Duration.ofNanos(System.nanoTime() - began);

    double evaluated = 0;
    double hits = 0;
    double recall = 0;
    double popularityHits = 0;
    double popularityRecall = 0;
    for (String line : lines) {
      Matcher outcome = OUTCOME.matcher(line);
      if (outcome.find()) {
        evaluated++;
        hits += Boolean.parseBoolean(outcome.group(1)) ? 1 : 0;
        recall += Double.parseDouble(outcome.group(2));
        popularityHits += Boolean.parseBoolean(outcome.group(3)) ? 1 : 0;
        popularityRecall += Double.parseDouble(outcome.group(4));
      }
    }
    System.out.printf(
        "real months: %.0f baskets evaluated, hit %.4f, recall %.4f, popularity %.4f and %.4f, %d ms%n",
        evaluated,
        hits / evaluated,
        recall / evaluated,
        popularityHits / evaluated,
        popularityRecall / evaluated,
        took.toMillis());
    assertThat(evaluated).isEqualTo(8_098);
    assertThat(hits / evaluated).isGreaterThan(0.80);
    assertThat(recall / evaluated).isGreaterThan(0.31);
    assertThat(popularityHits / evaluated).isBetween(0.580, 0.592);
    assertThat(popularityRecall / evaluated).isBetween(0.105, 0.115);
  }
}
