package dev.millrace.jobs.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.millrace.accelerator.SharedData;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real files through the whole command, held row for row against an independent reader. */
class BackfillOnRealDataTest {

  private static final int REVIEWS = Integer.getInteger("millrace.test.reviews", 120);

  @TempDir Path folder;

  @Test
  void reviewsWithLineBreaksQuotesAndAColumnWithoutAName() throws IOException {
    Path file = SharedData.reviews();
    BackfillRuns runs = new BackfillRuns();
    Path output = folder.resolve("reviews");
    runs.succeed(
        "--input=" + file,
        "--text={Title}. {Review Text}",
        "--where=column_1 < " + REVIEWS,
        "--output=" + output,
        "--output-format=jsonl",
        "--rows-per-file=64");
    List<NamedCsvRecord> expected = read(file);
    List<JsonNode> rows = BackfillRuns.json(output);
    assertThat(expected).hasSize(1_000);
    assertThat(rows).hasSize(REVIEWS);
    for (int i = 0; i < rows.size(); i++) {
      compare(expected.get(i), rows.get(i));
      assertThat(rows.get(i).get("column_1").textValue()).isEqualTo(String.valueOf(i));
    }
    assertThat(runs.said()).contains("A column without a name is called 'column_1'.");
  }

  @Test
  void aMonthOfSales() throws IOException {
    Path file = SharedData.onlineRetail().resolve("2011-02.csv.gz");
    BackfillRuns runs = new BackfillRuns();
    Path parquet = folder.resolve("parquet");
    runs.succeed(
        "--input=" + file,
        "--text-column=Description",
        "--output=" + parquet,
        "--rows-per-file=10000");
    Path output = folder.resolve("json");
    runs.succeed(
        "--input=" + parquet,
        "--text-column=Description",
        "--columns=InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        "--output=" + output,
        "--output-format=jsonl");
    List<NamedCsvRecord> expected = read(file);
    AtomicInteger row = new AtomicInteger();
    BackfillRuns.eachRow(output, found -> compare(expected.get(row.getAndIncrement()), found));
    assertThat(row).hasValue(expected.size());
  }

  private static void compare(NamedCsvRecord expected, JsonNode row) {
    expected
        .getFieldsAsMap()
        .forEach(
            (name, value) ->
                assertThat(row.get(name.isEmpty() ? "column_1" : name).textValue())
                    .as("%s of line %d", name, expected.getStartingLineNumber())
                    .isEqualTo(value));
    boolean blank =
        expected.getFieldsAsMap().containsKey("Description")
            && expected.getField("Description").isBlank();
    assertThat(row.get("embedding").isNull()).isEqualTo(blank);
  }

  private static List<NamedCsvRecord> read(Path file) throws IOException {
    List<NamedCsvRecord> records = new ArrayList<>();
    try (CsvReader<NamedCsvRecord> reader =
        CsvReader.builder()
            .ofNamedCsvRecord(
                new InputStreamReader(
                    new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      reader.forEach(records::add);
    }
    return records;
  }
}
