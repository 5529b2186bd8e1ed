package dev.millrace.jobs.condition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.MemoryScope;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conditions as people write them, over columns of every type that compares. */
class ConditionParserTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "n = 5 | true",
        "n != 5 | false",
        "n <> 4 | true",
        "n < 5.5 and n >= 5 | true",
        "n > 5 or price = 12.30 | true",
        "price <= 12.2 | false",
        "f = 0.1 | true",
        "f > 0.1 | false",
        "name = 'it''s' | true",
        "name in ('a', 'it''s') | true",
        "name not in ('a') | true",
        "not name = 'a' | true",
        "csv > 3 | true",
        "csv = 4 | true",
        "word > 3 |",
        "missing is null | true",
        "missing is not null | false",
        "missing = 1 |",
        "not missing = 1 |",
        "missing = 1 or n = 5 | true",
        "missing = 1 and n = 4 | false",
        "missing = 1 and n = 5 |",
        "ok = true | true",
        "ok = FALSE | false",
        "\"two words\" = 'x' | true",
        "day >= '2024-02-29' and day < '2024-03-01' | true",
        "at = '2024-02-29T12:00:00Z' | true",
        "at = '2024-02-29T13:00:00+01:00' | true",
        "at > '2024-02-29 11:59:59.999' | true",
        "((n = 4) or (n = 5 and (ok = true))) | true",
        "n = -5 | false",
        "n = 5e0 | true"
      })
  void meansWhatItSays(String condition, Boolean expected) {
    try (MemoryScope scope = MemoryScope.open("condition");
        VectorSchemaRoot root = row(scope)) {
      assertThat(ConditionParser.parse(condition).test(new ArrowRow(root, 0))).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "price > 3 and price < 4.1 | true",
        "price = 4 | true",
        "price != 4.5 | true",
        "word > 3 |",
        "word > 'fiv' | true",
        "missing = 1 |",
        "missing is null or word = 'x' | true",
        "word in ('four', 'five') | true",
        "ok = true | true",
        "word = true |"
      })
  void meansTheSameOnTexts(String condition, Boolean expected) {
    TextRow row = new TextRow(Map.of("price", " 4.0", "word", "four", "ok", "True"));
    assertThat(ConditionParser.parse(condition).test(row)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "n = | at character 4 is the end, where a number, a text in single quotes",
        "n 5 | at character 3 is '5', where a comparison, in, or is null is expected",
        "= 5 | where a column is expected",
        "n = 5 n = 6 | at character 7 is 'n', where and, or, or the end is expected",
        "(n = 5 | where ')' is expected",
        "n is 5 | where 'null' is expected",
        "n = 'x | makes no sense",
        "n = x | where a number, a text in single quotes",
        "n not = 5 | where in is expected",
        "n in 5 | where '(' is expected"
      })
  void saysWhatIsWrong(String condition, String message) {
    assertThatThrownBy(() -> ConditionParser.parse(condition))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void knowsWhatDoesNotCompare() {
    try (MemoryScope scope = MemoryScope.open("condition");
        VectorSchemaRoot root = row(scope)) {
      assertThat(new Literal.Text("x").refusal(root.getVector("n").getField()))
          .contains("compares with no text");
      assertThat(new Literal.Numeric(BigDecimal.ONE).refusal(root.getVector("ok").getField()))
          .contains("compares with no number");
      assertThat(new Literal.Text("soon").refusal(root.getVector("at").getField()))
          .contains("'soon' is no ISO-8601");
      assertThat(new Literal.Truth(true).refusal(root.getVector("n").getField()))
          .contains("neither true nor false");
    }
  }

  private static VectorSchemaRoot row(MemoryScope scope) {
    var memory = scope.allocator();
    BigIntVector n = new BigIntVector("n", memory);
    n.setSafe(0, 5);
    DecimalVector price = new DecimalVector("price", memory, 10, 2);
    price.setSafe(0, new BigDecimal("12.30"));
    Float4Vector f = new Float4Vector("f", memory);
    f.setSafe(0, 0.1f);
    BitVector ok = new BitVector("ok", memory);
    ok.setSafe(0, 1);
    DateDayVector day = new DateDayVector("day", memory);
    day.setSafe(0, (int) java.time.LocalDate.of(2024, 2, 29).toEpochDay());
    TimeStampMicroTZVector at = new TimeStampMicroTZVector("at", memory, "Europe/Berlin");
    at.setSafe(0, java.time.Instant.parse("2024-02-29T12:00:00Z").getEpochSecond() * 1_000_000);
    BigIntVector missing = new BigIntVector("missing", memory);
    missing.allocateNew(1);
    List<FieldVector> columns =
        List.of(
            n,
            price,
            f,
            ok,
            day,
            at,
            missing,
            text("name", "it's", scope),
            text("csv", "4", scope),
            text("word", "four", scope),
            text("two words", "x", scope));
    columns.forEach(column -> column.setValueCount(1));
    return new VectorSchemaRoot(columns);
  }

  private static VarCharVector text(String name, String value, MemoryScope scope) {
    VarCharVector column = new VarCharVector(name, scope.allocator());
    column.setSafe(0, value.getBytes(StandardCharsets.UTF_8));
    return column;
  }
}
