package dev.millrace.jobs.input;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InputFilesTest {

  @TempDir Path folder;

  private List<String> find(String where) throws IOException {
    return InputFiles.find(folder + "/" + where, FileFormat.CSV).files().stream()
        .map(path -> folder.relativize(Path.of(path.getPath())).toString())
        .toList();
  }

  private void make(String... names) {
    for (String name : names) {
      Rows.write(folder, name, "");
    }
  }

  @Test
  void namesAreInNaturalOrder() throws IOException {
    make("part-10.csv", "part-9.csv", "part-1.csv", "part-010b.csv", "other.csv");
    assertThat(find("*"))
        .containsExactly("other.csv", "part-1.csv", "part-9.csv", "part-10.csv", "part-010b.csv");
  }

  @Test
  void aFolderIsTakenWithTheFoldersInItAndWithoutHiddenFiles() throws IOException {
    make("d/a.csv", "d/deep/er/b.csv.gz", "d/.c.csv", "d/_SUCCESS", "d/_tmp/d.csv", "d/.git/e.csv");
    assertThat(find("d")).containsExactly("d/a.csv", "d/deep/er/b.csv.gz");
  }

  @Test
  void inAFolderWithFilesOfTheFormatOthersArePassedOver() throws IOException {
    make("d/a.csv", "d/README.md");
    InputFiles found = InputFiles.find(folder + "/d", FileFormat.CSV);
    assertThat(found.files()).hasSize(1);
    assertThat(found.passedOver()).isEqualTo(1);
  }

  @Test
  void filesWithoutEndingsAreTakenWhereNoneHasOne() throws IOException {
    make("d/part-0000", "d/part-0001");
    assertThat(find("d")).containsExactly("d/part-0000", "d/part-0001");
  }

  @Test
  void globsMatchSegmentBySegment() throws IOException {
    make("x/2011/a.csv", "x/2011/b.txt", "x/2012/a.csv", "x/y/z/a.csv", "x/a[1].csv");
    assertThat(find("x/20*/*.csv")).containsExactly("x/2011/a.csv", "x/2012/a.csv");
    assertThat(find("x/{2011,y}/*.{csv,txt}")).containsExactly("x/2011/a.csv", "x/2011/b.txt");
    assertThat(find("x/**/a.csv")).containsExactly("x/2011/a.csv", "x/2012/a.csv", "x/y/z/a.csv");
    assertThat(find("x/a[1].csv")).as("a file of just this name").containsExactly("x/a[1].csv");
    assertThat(find("x/none*.csv")).isEmpty();
    assertThat(find("nowhere/*.csv")).isEmpty();
    assertThat(find("nowhere.csv")).isEmpty();
  }
}
