package dev.millrace.jobs.input;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.SharedData;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Nine real months of a shop, dirty as they are. */
final class OnlineRetailTest {

  @Test
  void everyRowIsAccountedFor() throws IOException {
    Path data = SharedData.onlineRetail();
    InputFiles files = InputFiles.find(data.toString(), FileFormat.CSV);
    assertThat(files.files()).hasSize(9);
    RecordFormat format =
        RowSources.format(
            FileFormat.CSV,
            new Columns(
                "CustomerID", "StockCode", "Description", "InvoiceNo", "Quantity", "InvoiceDate"),
            new RowClassifier(
                new TimeFormat("yyyy-MM-dd HH:mm:ss", ZoneId.of("UTC")), true, Duration.ofDays(1)));
    Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
    long lastTime = Long.MIN_VALUE;
    for (var file : files.files()) {
      for (SourceRow row : Rows.read(format, Path.of(file.getPath()))) {
        counts.merge(row.outcome(), 1, Integer::sum);
        long time = row.eventTimeOr(lastTime);
        assertThat(time).isGreaterThanOrEqualTo(lastTime);
        lastTime = time;
      }
    }
    assertThat(counts)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(Outcome.NO_USER, 88_652, Outcome.RETURNED, 5_565, Outcome.INTERACTION, 226_488));
    assertThat(counts.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(320_705);
  }
}
