package dev.millrace.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.jobs.backfill.BackfillOptions;
import dev.millrace.jobs.bench.BenchOptions;
import dev.millrace.jobs.devices.DevicesOptions;
import dev.millrace.jobs.feed.FeedOptions;
import dev.millrace.jobs.feed.RankingOptions;
import dev.millrace.jobs.feed.ShopOptions;
import dev.millrace.jobs.lookup.LookupOptions;
import dev.millrace.jobs.sql.SqlOptions;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.pipelines.sql.ModelOptions;
import dev.millrace.pipelines.sql.index.IndexOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;

/** {@code docs/options.md} says what the declarations of the options say. */
class OptionsPageTest {

  private static final Path PAGE = Path.of("../docs/options.md");
  private static final String WRITE = "millrace.write-docs";

  @Test
  void thePageSaysWhatTheDeclarationsSay() throws IOException {
    String expected =
        """
        # Options

        Written from the declarations; a test compares. The same name serves everywhere: `--batch-rows` on the command line, `millrace.batch-rows` in
        Flink's configuration. Durations are written as `500 ms`, `20 s`, `2 min`.

        ## Inference

        For every job and pipeline that runs a model.

        """
            + table(InferenceOptions.ALL)
            + """

            ## `millrace feed`

            """
            + table(
                Stream.of(FeedOptions.ALL, ShopOptions.ALL, RankingOptions.ALL, LookupOptions.ALL)
                    .flatMap(List::stream)
                    .toList())
            + """

            ## `millrace backfill`

            And those of inference, but for `output-order`: rows stay in their order.

            """
            + table(BackfillOptions.OWN)
            + """

            ## `millrace sql`

            """
            + table(SqlOptions.ALL)
            + """

            ## Models in SQL

            What `CREATE MODEL` takes after `'provider' = 'millrace'`, with the options of inference but for `max-rows`, `output-order`, `checkpoint-mode` and
            `drain-timeout`, which in SQL are Flink's, and `on-bad-row` ([sql.md](sql.md)).

            """
            + table(ModelOptions.ALL)
            + """

            And with `'task' = 'generation'`, where those of inference that make batches, those of the cache and of the graph mean nothing:

            """
            + table(ModelOptions.GENERATION)
            + """

            ## Indexes in SQL

            What `CREATE TABLE` takes after `'connector' = 'millrace-index'`, with the options of the items' connector, each with `items.` before it.

            """
            + table(IndexOptions.ALL)
            + """

            ## `millrace devices`

            And of those for inference `accelerators`, `model`, `precision`, `graph-preparation` and `batch-invariance`.

            """
            + table(DevicesOptions.ALL)
            + """

            ## `millrace bench`

            """
            + table(BenchOptions.ALL);
    if (Boolean.getBoolean(WRITE)) {
      Files.writeString(PAGE, expected);
      return;
    }
    assertThat(Files.readString(PAGE))
        .as(
            "%s. To write it anew: mvn verify -pl jobs -am -Dtest=OptionsPageTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -D%s=true",
            PAGE, WRITE)
        .isEqualTo(expected);
  }

  private static String table(List<ConfigOption<?>> options) {
    StringBuilder table =
        new StringBuilder("| option | value | default | what |\n|---|---|---|---|\n");
    for (ConfigOption<?> option : options) {
      String fallback = OptionValues.defaultText(option);
      table.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(
                  option.key(),
                  OptionValues.label(option).replace("|", " or "),
                  fallback == null ? "" : "`" + fallback + "`",
                  PlainText.of(option).replace("|", "\\|")));
    }
    return table.toString();
  }
}
