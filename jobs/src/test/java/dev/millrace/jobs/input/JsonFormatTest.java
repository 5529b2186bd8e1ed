package dev.millrace.jobs.input;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JsonFormatTest {

  @TempDir Path folder;

  private List<SourceRow> read(String content) {
    return Rows.read(Rows.format(FileFormat.JSONL), Rows.write(folder, "rows.jsonl", content));
  }

  @Test
  void everyLineIsOneOutcome() {
    String good =
        "{\"user\":\"u\",\"item\":\"i1\",\"text\":\"t\",\"time\":\"2025-01-01T10:00:00Z\"}";
    List<SourceRow> rows =
        read(
            String.join(
                "\n",
                good,
                "{\"user\":",
                "",
                "[1]",
                good + " {}",
                "{\"user\":null,\"item\":\"i\",\"text\":\"t\",\"time\":\"2025-01-01\"}",
                "{\"user\":{\"id\":1},\"item\":\"i\",\"text\":\"t\",\"time\":\"2025-01-01\"}",
                "{\"user\":\"u\",\"item\":\"i\",\"text\":\"t\",\"time\":\"2025-01-01\",\"quantity\":-2}",
                "nonsense"));
    assertThat(rows)
        .extracting(SourceRow::outcome)
        .containsExactly(
            Outcome.INTERACTION,
            Outcome.DEAD_LETTER,
            Outcome.DEAD_LETTER,
            Outcome.DEAD_LETTER,
            Outcome.NO_USER,
            Outcome.DEAD_LETTER,
            Outcome.RETURNED,
            Outcome.DEAD_LETTER);
    assertThat(Rows.briefs(rows)).contains("2: {\"user\":", "4: [1]", "9: nonsense");
  }

  @Test
  void numbersAreTakenAsTheyAreWritten() {
    var interaction =
        Objects.requireNonNull(
            read("{\"user\":17850.0,\"item\":12345678901234567890,\"text\":\"t\",\"basket\":1,"
                    + "\"quantity\":2.5,\"time\":\"2025-01-01\",\"more\":{\"a\":[1,{}]}}\n")
                .get(0)
                .interaction());
    assertThat(interaction.getUserId()).isEqualTo("17850.0");
    assertThat(interaction.getItemId()).isEqualTo("12345678901234567890");
    assertThat(interaction.getBasketId()).isEqualTo("1");
    assertThat(interaction.getQuantity()).isEqualTo(2.5);
  }
}
