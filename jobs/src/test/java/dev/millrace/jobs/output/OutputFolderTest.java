package dev.millrace.jobs.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.jobs.cli.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OutputFolderTest {

  @TempDir Path temporary;

  private OutputFolder folder(Path path) {
    return new OutputFolder(
        "output", new org.apache.flink.core.fs.Path("file", null, path.toString()), "feed");
  }

  private static Problems check(OutputFolder folder) {
    Problems problems = new Problems();
    folder.check(problems);
    return problems;
  }

  @Test
  void anEarlierRunIsReplaced() throws IOException {
    Path path = temporary.resolve("a/b");
    OutputFolder first = folder(path);
    assertThat(check(first).isEmpty()).isTrue();
    assertThat(first.prepare()).isZero();
    Files.writeString(path.resolve("part-1-0.avro"), "x");
    Files.writeString(path.resolve("part-1-1.jsonl"), "x");
    Files.writeString(path.resolve(".part-1-2.avro.inprogress.77"), "x");

    OutputFolder second = folder(path);
    assertThat(check(second).isEmpty()).isTrue();
    assertThat(second.prepare()).isEqualTo(2);
    assertThat(path.toFile().list()).containsExactly(".millrace");
    assertThat(second.removeIfEmpty()).isFalse();
    assertThat(path).doesNotExist();
  }

  @Test
  void foreignFilesAreNotTouched() throws IOException {
    for (String foreign : new String[] {"notes.txt", "part-1-0.avro"}) {
      Path path = Files.createDirectory(temporary.resolve("of-" + foreign));
      Files.writeString(path.resolve(foreign), "x");
      assertThat(check(folder(path)).lines()).singleElement().asString().contains(foreign);
      assertThat(path.resolve(foreign)).hasContent("x");
    }
    Path mixed = temporary.resolve("mixed");
    folder(mixed).prepare();
    Files.createDirectory(mixed.resolve("mine"));
    assertThat(check(folder(mixed)).lines()).singleElement().asString().contains("mine");
  }

  @Test
  void whatCannotBeWrittenIsAProblem() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "x");
    assertThat(check(folder(file)).lines()).singleElement().asString().contains("it is a file");
    assertThat(check(folder(file.resolve("below"))).lines())
        .singleElement()
        .asString()
        .contains("cannot be written");
    Problems problems = new Problems();
    OutputFile.check("report", file.resolve("r.json").toString(), problems);
    OutputFile.check("report", temporary.toString(), problems);
    assertThat(problems.lines()).hasSize(2);
  }

  @Test
  void checkingLeavesNothing() throws IOException {
    OutputFolder folder = folder(temporary.resolve("x/y"));
    folder.check(new Problems());
    folder.undo();
    Problems problems = new Problems();
    OutputFile.check("report", temporary.resolve("r/s/report.json").toString(), problems);
    assertThat(problems.isEmpty()).isTrue();
    assertThat(temporary.toFile().list()).isEmpty();
  }
}
