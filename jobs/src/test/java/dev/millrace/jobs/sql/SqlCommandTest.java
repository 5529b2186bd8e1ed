package dev.millrace.jobs.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.jobs.cli.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command in this process, with Flink and the built-in model. */
class SqlCommandTest {

  private final SqlRun command = new SqlRun();

  @TempDir Path folder;

  private int run(String sql, String... more) throws IOException {
    Path script = Files.writeString(folder.resolve("script.sql"), sql);
    List<String> args = new ArrayList<>(List.of("sql", script.toString()));
    args.addAll(List.of(more));
    return command.run(args.toArray(String[]::new));
  }

  private String said() {
    return command.said();
  }

  private String complained() {
    return command.complained();
  }

  @Test
  void aScriptOfAllKindsOfStatementsRuns() throws Exception {
    int code =
        run(
            """
            SET 'parallelism.default' = '1';
            CREATE TEMPORARY VIEW words AS
              SELECT * FROM (VALUES (1, 'a; b'), (2, 'two'), (3, ' ')) AS t(id, word);
            CREATE MODEL minilm INPUT (text STRING) OUTPUT (embedding ARRAY<FLOAT>)
              WITH ('provider' = 'millrace', 'task' = 'embedding');
            SHOW MODELS;
            DESCRIBE words;
            SELECT id, word, embedding
              FROM ML_PREDICT(TABLE words, MODEL minilm, DESCRIPTOR(word));
            SET 'execution.runtime-mode' = 'batch';
            CREATE TABLE copies (id INT, word STRING) WITH (
              'connector' = 'filesystem', 'path' = '${output}', 'format' = 'csv');
            CREATE TABLE more (id INT) WITH (
              'connector' = 'filesystem', 'path' = '${output}-more', 'format' = 'json');
            EXECUTE STATEMENT SET BEGIN
              INSERT INTO copies SELECT id, word FROM words;
              INSERT INTO more SELECT id FROM words WHERE id > 1;
            END;
            SELECT COUNT(*) AS copied FROM copies;
            EXPLAIN SELECT * FROM copies;
            SET;
            RESET 'parallelism.default';
            """,
            "--set",
            "output=" + folder.resolve("copies"));
    assertThat(complained()).isEmpty();
    assertThat(code).isEqualTo(ExitCode.DONE);
    assertThat(said())
        .contains("minilm")
        .containsPattern("name +type +null .*\n-+ .*\nid +INT +false")
        .contains("op            id  word                                      embedding")
        .containsPattern("\\+I +1  a; b +\\[-?0\\.\\d+, -?0\\.\\d+, -?0\\.\\d+, … 384\\]")
        .containsPattern("\\+I +3 +NULL")
        .contains("3 rows")
        .containsPattern("copied\n-+\n +3\n1 row")
        .contains("== Optimized Execution Plan ==")
        .contains("parallelism.default = 1\nexecution.runtime-mode = batch");
    try (var files = Files.list(folder.resolve("copies-more"))) {
      assertThat(files.filter(file -> !file.getFileName().toString().startsWith("."))).isNotEmpty();
    }
  }

  @Test
  void anErrorIsToldWithItsPlaceInTheScript() throws Exception {
    assertThat(
            run(
                """
                CREATE TEMPORARY VIEW t AS SELECT '${v}' AS a;

                SELECT a,
                       bb FROM t;
                """,
                "--set",
                "v=something long"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(complained())
        .contains("script.sql, line 4, column 8: Column 'bb' not found in any table")
        .contains("\n         bb FROM t;\n         ^\n");
  }

  @Test
  void aSyntaxErrorIsToldWithItsPlaceInTheScript() throws Exception {
    assertThat(run("SELECT 1;\n  SELEC 2;\n")).isEqualTo(ExitCode.FAILED);
    assertThat(complained()).contains("script.sql, line 2, column 3: ").doesNotContain("expecting");
  }

  @Test
  void anIndexIsWrittenAndSearched() throws Exception {
    assertThat(
            run(
                """
                CREATE TABLE items (id INT, v ARRAY<FLOAT>) WITH ('connector' = 'millrace-index',
                  'metric' = 'dot', 'items.path' = '${path}', 'items.format' = 'avro');
                SET 'execution.runtime-mode' = 'batch';
                INSERT INTO items VALUES
                  (1, ARRAY[CAST(1 AS FLOAT), CAST(2 AS FLOAT)]),
                  (2, ARRAY[CAST(3 AS FLOAT), CAST(1 AS FLOAT)]);
                CREATE VIEW wanted AS
                  SELECT ARRAY[CAST(1 AS FLOAT), CAST(4 AS FLOAT)] AS w;
                SELECT id, score FROM wanted, LATERAL TABLE(VECTOR_SEARCH(
                  SEARCH_TABLE => TABLE items, COLUMN_TO_SEARCH => DESCRIPTOR(v),
                  COLUMN_TO_QUERY => wanted.w, TOP_K => 2));
                """,
                "--set",
                "path=" + folder.resolve("items")))
        .as(complained())
        .isEqualTo(ExitCode.DONE);
    assertThat(said()).containsPattern(" 1 +9.00000\n +2 +7.00000\n2 rows");
  }

  @Test
  void aLargeIndexIsSearchedThroughAGraph() throws Exception {
    Random random = new Random(20260303);
    StringBuilder items = new StringBuilder();
    for (int id = 0; id < 2000; id++) {
      items.append("{\"id\": ").append(id).append(", \"v\": [");
      for (int i = 0; i < 16; i++) {
        items.append(i == 0 ? "" : ", ").append((float) random.nextGaussian());
      }
      items.append("]}\n");
    }
    Path file = Files.writeString(folder.resolve("items.json"), items);
    assertThat(
            run(
                """
                SET 'execution.runtime-mode' = 'batch';
                CREATE TABLE exact_items (id INT, v ARRAY<FLOAT>) WITH (
                  'connector' = 'millrace-index', 'search' = 'exact',
                  'items.path' = '${items}', 'items.format' = 'json');
                CREATE TABLE near_items (id INT, v ARRAY<FLOAT>) WITH (
                  'connector' = 'millrace-index', 'search.exact-up-to' = '1000',
                  'items.path' = '${items}', 'items.format' = 'json');
                CREATE VIEW wanted AS SELECT id AS wanted, v AS w FROM exact_items WHERE id < 40;
                CREATE TABLE exactly (wanted INT, id INT, score DOUBLE) WITH (
                  'connector' = 'filesystem', 'path' = '${output}/exactly', 'format' = 'json');
                INSERT INTO exactly
                  SELECT wanted, id, score FROM wanted, LATERAL TABLE(VECTOR_SEARCH(
                    SEARCH_TABLE => TABLE exact_items, COLUMN_TO_SEARCH => DESCRIPTOR(v),
                    COLUMN_TO_QUERY => wanted.w, TOP_K => 5));
                CREATE TABLE nearly (wanted INT, id INT, score DOUBLE) WITH (
                  'connector' = 'filesystem', 'path' = '${output}/nearly', 'format' = 'json');
                INSERT INTO nearly
                  SELECT wanted, id, score FROM wanted, LATERAL TABLE(VECTOR_SEARCH(
                    SEARCH_TABLE => TABLE near_items, COLUMN_TO_SEARCH => DESCRIPTOR(v),
                    COLUMN_TO_QUERY => wanted.w, TOP_K => 5));
                SELECT COUNT(*) >= 190 AS nearly_all, COUNT(*) <= 200 AS once
                  FROM exactly JOIN nearly ON exactly.wanted = nearly.wanted
                    AND exactly.id = nearly.id AND exactly.score = nearly.score;
                """,
                "--set",
                "items=" + file,
                "--set",
                "output=" + folder))
        .as(complained())
        .isEqualTo(ExitCode.DONE);
    assertThat(said()).containsPattern("nearly_all +once\n-.*\n *(TRUE|true) +(TRUE|true)\n");
  }

  @Test
  void whatAnIndexCannotMeanIsTold() throws Exception {
    String table =
        """
        CREATE TABLE items (id INT, v ARRAY<FLOAT>) WITH ('connector' = 'millrace-index',
          'items.path' = '/nowhere', 'items.format' = 'avro', ${more});
        SELECT * FROM items;
        """;
    assertThat(run(table, "--set", "more='search' = 'exact', 'hnsw.m' = '8'"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(complained())
        .contains("'hnsw.m' = '8' of ")
        .contains("it means nothing where 'search' = 'exact'. Leave one of the two out.");
    assertThat(run(table, "--set", "more='hnsw.m' = '1'")).isEqualTo(ExitCode.FAILED);
    assertThat(complained()).contains("it is from 2 to 512.");
    assertThat(run(table, "--set", "more='search' = 'fast'")).isEqualTo(ExitCode.FAILED);
    assertThat(complained()).contains("it is not one of auto, exact, approximate.");
    assertThat(run(table, "--set", "more='quick' = 'yes'")).isEqualTo(ExitCode.FAILED);
    assertThat(complained()).contains("There are metric, search, search.exact-up-to, hnsw.");
  }

  @Test
  void aSearchThatFlinkCannotPlanIsToldInALine() throws Exception {
    assertThat(
            run(
                """
                CREATE TABLE items (id INT, v ARRAY<FLOAT>) WITH ('connector' = 'millrace-index',
                  'items.path' = '/nowhere', 'items.format' = 'avro');
                SELECT found.score FROM items AS i, LATERAL TABLE(VECTOR_SEARCH(
                  SEARCH_TABLE => TABLE items, COLUMN_TO_SEARCH => DESCRIPTOR(v),
                  COLUMN_TO_QUERY => i.v, TOP_K => 2)) AS found;
                """))
        .isEqualTo(ExitCode.FAILED);
    assertThat(complained()).contains("with no alias").hasLineCount(4);
  }

  @Test
  void whatIsWrongBeforeAnythingRunsIsWrongUsage() throws Exception {
    assertThat(run("SELECT ${a};")).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(complained()).contains("line 1, column 8: The variable 'a' has no value.");
    assertThat(run("SELECT 1;", "--set", "a", "--sett", "b=c")).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(complained()).contains("--set 'a': it is not NAME=VALUE.").contains("'--sett'");
    Files.delete(folder.resolve("script.sql"));
  }
}
