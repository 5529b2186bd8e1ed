package dev.millrace.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.jobs.bench.Row.Reference;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RowTableTest {

  private static final Row FASTER =
      Row.against(
          "faster",
          "Ours against theirs.",
          "texts/s",
          new Samples(2000, 2100, 1900),
          new Reference("theirs", new Samples(1000, 1000, 1000)),
          Requirement.atLeast(1.5));
  private static final Row WASTEFUL =
      Row.absolute("wasteful", "Bytes.", "bytes", new Samples(65), Requirement.atMost(64));
  private static final Row ABSENT =
      Row.notMeasured("absent", "What.", Requirement.atLeast(2), "there is nothing to measure.");
  private static final Row INFORMS =
      Row.absolute("informs", "Just so.", "rows/s", new Samples(0.25), Requirement.NONE);
  private static final List<Row> ALL = List.of(FASTER, WASTEFUL, ABSENT, INFORMS);

  @Test
  void rowsAreMetByTheRatioOrByTheValue() {
    assertThat(ALL.stream().filter(Row::met).map(Row::name)).containsExactly("faster", "informs");
    assertThat(Requirement.atMost(30).isMetBy(30)).isTrue();
    assertThat(Requirement.atLeast(30).isMetBy(29.9)).isFalse();
    assertThat(Requirement.atLeast(30).isMetBy(Double.NaN)).isFalse();
  }

  @Test
  void theTableIsAlignedAndSaysWhatIsNotMet() {
    List<String> lines = RowTable.lines(ALL);
    assertThat(lines).hasSize(5);
    assertThat(lines.get(1))
        .startsWith("faster ")
        .contains("2,000 texts/s", "10%", "theirs", "1,000", "2.00", "at least 1.5")
        .endsWith("yes");
    assertThat(lines.get(2)).contains("65.0 bytes", "at most 64").endsWith("NO");
    assertThat(lines.get(3)).contains("not measured").endsWith("NO");
    assertThat(lines.get(4)).contains("0.2500 rows/s").endsWith("-");
    int column = lines.get(0).indexOf("required");
    assertThat(lines.get(1).substring(column)).startsWith("at least 1.5");
    assertThat(RowTable.legend(ALL))
        .contains("absent    What. NOT MEASURED: there is nothing to measure.");
  }

  @Test
  void theJsonHasTheFieldsThatScriptsRead() throws IOException {
    JsonNode rows = new ObjectMapper().readTree(RowTable.json(ALL));
    assertThat(rows).hasSize(4);
    for (JsonNode row : rows) {
      assertThat(row.fieldNames())
          .toIterable()
          .containsExactly(
              "name",
              "unit",
              "median",
              "spread",
              "reference_name",
              "reference_median",
              "ratio",
              "required",
              "met");
    }
    JsonNode faster = rows.get(0);
    assertThat(faster.get("median").asDouble()).isEqualTo(2000);
    assertThat(faster.get("spread").asDouble()).isEqualTo(0.1);
    assertThat(faster.get("reference_name").asText()).isEqualTo("theirs");
    assertThat(faster.get("ratio").asDouble()).isEqualTo(2);
    assertThat(faster.get("required").asDouble()).isEqualTo(1.5);
    assertThat(faster.get("met").asBoolean()).isTrue();
    assertThat(rows.get(2).get("median").isNull()).isTrue();
    assertThat(rows.get(2).get("met").asBoolean()).isFalse();
    assertThat(rows.get(3).get("required").isNull()).isTrue();
  }
}
