package dev.millrace.jobs.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.Sessions;
import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.jobs.cli.MillraceCommandLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command in this process, with Flink and the built-in model. */
class SqlCommandTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path folder;

  @AfterEach
  void everySessionIsClosed() {
    assertThat(Sessions.openCount()).isZero();
  }

  private int run(String sql, String... more) throws IOException {
    Path script = Files.writeString(folder.resolve("script.sql"), sql);
    List<String> args = new ArrayList<>(List.of("sql", script.toString()));
    args.addAll(List.of(more));
    return new MillraceCommandLine("1.2.3", List.of(SqlCommands.sql()))
        .run(
            args.toArray(String[]::new),
            new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                false));
  }

  private String said() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String complained() {
    return err.toString(StandardCharsets.UTF_8);
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
  void whatIsWrongBeforeAnythingRunsIsWrongUsage() throws Exception {
    assertThat(run("SELECT ${a};")).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(complained()).contains("line 1, column 8: The variable 'a' has no value.");
    assertThat(run("SELECT 1;", "--set", "a", "--sett", "b=c")).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(complained()).contains("--set 'a': it is not NAME=VALUE.").contains("'--sett'");
    Files.delete(folder.resolve("script.sql"));
  }
}
