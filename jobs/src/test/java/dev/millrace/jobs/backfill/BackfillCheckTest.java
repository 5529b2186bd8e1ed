package dev.millrace.jobs.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.jobs.cli.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong is said before anything starts, and nothing is left behind. */
class BackfillCheckTest {

  @TempDir Path folder;

  private final BackfillRuns runs = new BackfillRuns();

  private String wrong(String... options) {
    assertThat(runs.run(options)).as(runs.said()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(folder.resolve("out")).doesNotExist();
    return runs.complained();
  }

  private Path write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  @Test
  void allThatIsMissingIsSaidAtOnce() {
    assertThat(wrong("--rows-per-file=0"))
        .contains("--input: it is missing")
        .contains("--output: it is missing")
        .contains("--text-column: nothing says what is embedded")
        .contains("--rows-per-file '0'");
  }

  @Test
  void columnsThatAreNotThere() throws IOException {
    Path file = write("rows.csv", "id,title,price\n1,red mug,3\n");
    assertThat(
            wrong(
                "--input=" + file,
                "--text={titel} {id}",
                "--columns=id,pricy",
                "--where=prize > 3",
                "--output=" + folder.resolve("out")))
        .contains("the input has no column 'titel'. Did you mean 'title'?")
        .contains("the input has no column 'pricy'. Did you mean 'price'?")
        .contains("the input has no column 'prize'")
        .contains("Its columns are id, title, price.");
  }

  @Test
  void filesThatAreNoneOrOfSeveralKinds() throws IOException {
    String output = "--output=" + folder.resolve("out");
    assertThat(wrong("--input=" + folder.resolve("*.csv"), "--text-column=a", output))
        .contains("there is no such file");
    write("mixed/a.csv", "a\n1\n");
    write("mixed/b.jsonl", "{\"a\": 1}\n");
    assertThat(wrong("--input=" + folder.resolve("mixed"), "--text-column=a", output))
        .contains("a.csv is csv and b.jsonl is jsonl");
    write("columns/a.csv", "a,b\n1,2\n");
    write("columns/b.csv", "a,c\n1,2\n");
    assertThat(wrong("--input=" + folder.resolve("columns"), "--text-column=a", output))
        .contains("b.csv has other columns than")
        .contains("it lacks b, and it has c more");
    Path other = write("rows.txt", "a\n1\n");
    assertThat(wrong("--input=" + other, "--text-column=a", output))
        .contains("does not say by its ending what it is. Say it by --input-format");
  }

  @Test
  void filesThatAreHalfWritten() throws IOException {
    Path rows = write("rows.csv", "id,text\n1,red mug\n2,blue mug\n");
    for (String format : new String[] {"avro", "arrow", "parquet"}) {
      Path whole = folder.resolve("whole-" + format);
      runs.succeed(
          "--input=" + rows,
          "--text-column=text",
          "--output=" + whole,
          "--output-format=" + format);
      Path part = BackfillRuns.parts(whole).get(0);
      byte[] bytes = Files.readAllBytes(part);
      Path cut = folder.resolve("cut." + format);
      Files.write(cut, Arrays.copyOf(bytes, bytes.length - 40));
      assertThat(wrong("--input=" + cut, "--text-column=text", "--output=" + folder.resolve("out")))
          .contains("cut." + format)
          .containsAnyOf("cut off", "cannot be read");
    }
  }

  @Test
  void anOutputThatIsNotOurs() throws IOException {
    Path rows = write("rows.csv", "id,text\n1,red mug\n");
    write("full/precious.txt", "mine");
    assertThat(wrong("--input=" + rows, "--text-column=text", "--output=" + folder.resolve("full")))
        .contains("it holds 'precious.txt', which no run of this command has written");
    Path file = write("file", "mine");
    assertThat(wrong("--input=" + rows, "--text-column=text", "--output=" + file.resolve("out")))
        .contains("it cannot be written");
    assertThat(folder.resolve("full")).isDirectoryContaining(f -> f.endsWith("precious.txt"));
  }

  @Test
  void whatHasChangedIsRefusedUntilItIsForced() throws IOException {
    Path rows = write("rows.csv", "id,text\n1,red mug\n2,blue mug\n");
    Path output = folder.resolve("vectors");
    String[] options = {
      "--input=" + rows,
      "--text-column=text",
      "--output=" + output,
      "--output-format=jsonl",
      "--report=" + folder.resolve("report.json")
    };
    runs.succeed(options);
    assertThat(BackfillRuns.json(output)).hasSize(2);
    assertThat(Files.readString(folder.resolve("report.json")))
        .contains("\"complete\" : true", "\"rows_written\" : 2,");
    runs.succeed(options);
    assertThat(runs.said()).contains("Nothing to do: all 2 rows are in");

    assertThat(wrong(plus(options, "--where=id > 1")))
        .contains("an earlier run has begun to write something else there")
        .contains("--where was not set and is 'id > 1'");
    Files.writeString(
        rows, "id,text\n1,red mug\n2,blue mug\n3,green mug\n", StandardCharsets.UTF_8);
    assertThat(wrong(options)).contains("rows.csv has changed").contains("--start-over");
    runs.succeed(plus(options, "--start-over"));
    assertThat(BackfillRuns.json(output)).hasSize(3);
  }

  private static String[] plus(String[] options, String more) {
    String[] all = Arrays.copyOf(options, options.length + 1);
    all[options.length] = more;
    return all;
  }
}
