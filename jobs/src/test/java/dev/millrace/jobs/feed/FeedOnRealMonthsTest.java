package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.accelerator.SharedData;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.schemas.Recommendation;
import dev.millrace.schemas.RecommendedItem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nine months of real sales through the whole command, with the real model. */
class FeedOnRealMonthsTest {

  @TempDir Path folder;

  @Test
  void everyRowIsAccountedForAndTheFeedBeatsPopularity() throws IOException {
    JsonNode one = feed(1);
    JsonNode two = feed(2);

    for (JsonNode report : List.of(one, two)) {
      assertThat(report.get("rows_read").asInt()).isEqualTo(320_705);
      assertThat(
              report.get("interactions").asInt()
                  + report.get("rows_returned").asInt()
                  + report.get("rows_invalid").asInt()
                  + report.get("dead_letters").asInt())
          .isEqualTo(320_705);
      assertThat(report.get("interactions").asInt()).isEqualTo(226_488);
      assertThat(report.get("hit_rate_at_k").asDouble()).isGreaterThanOrEqualTo(0.81);
      assertThat(report.get("recall_at_k").asDouble()).isGreaterThanOrEqualTo(0.33);
      assertThat(report.get("discovery_recall_at_k").asDouble()).isGreaterThanOrEqualTo(0.14);
      assertThat(report.get("popularity_hit_rate_at_k").asDouble()).isEqualTo(0.586, within(0.005));
      assertThat(report.get("popularity_recall_at_k").asDouble()).isEqualTo(0.110, within(0.005));
    }
    // Event time rules: the same bit by bit, whatever the parallelism.
    for (String figure :
        List.of(
            "hit_rate_at_k",
            "recall_at_k",
            "new_item_recall_at_k",
            "discovery_recall_at_k",
            "baskets_evaluated",
            "baskets_with_new_items",
            "items")) {
      assertThat(two.get(figure).asDouble()).as(figure).isEqualTo(one.get(figure).asDouble());
    }
  }

  private JsonNode feed(int parallelism) throws IOException {
    CommandRun command = new CommandRun();
    Path output = folder.resolve("feed-" + parallelism);
    Path report = folder.resolve("report-" + parallelism + ".json");
    int code =
        command.run(
            "feed",
            "--interactions=" + SharedData.onlineRetail() + "/*.csv.gz",
            "--format=csv",
            "--user-column=CustomerID",
            "--item-column=StockCode",
            "--text-column=Description",
            "--basket-column=InvoiceNo",
            "--quantity-column=Quantity",
            "--time-column=InvoiceDate",
            "--time-format=yyyy-MM-dd HH:mm:ss",
            "--top-k=20",
            "--output=" + output,
            "--report=" + report,
            "--parallelism=" + parallelism);
    assertThat(code).as(command::complained).isEqualTo(ExitCode.DONE);
    JsonNode figures = new ObjectMapper().readTree(report.toFile());
    List<Recommendation> feed = CommandRun.read(output, Recommendation.class);
    assertThat(feed).hasSize(figures.get("recommendations").asInt());
    assertThat(feed)
        .allSatisfy(
            one ->
                assertThat(one.getItems())
                    .extracting(RecommendedItem::getItemId)
                    .doesNotHaveDuplicates());
    return figures;
  }
}
