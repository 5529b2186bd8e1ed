package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A careless change to a record fails here, and is told what to do instead. */
class FirstVersionTest {

  static Stream<Path> records() {
    return FirstVersion.files(FirstVersion.PRESENT).stream();
  }

  @Test
  void everyRecordHasAFirstVersion() {
    assertThat(names(FirstVersion.FIRST))
        .as(
            "the first versions in %s against the records in %s. For a new record, copy its file as"
                + " its first version when it goes out, and never change the copy. A record that was"
                + " there must stay.",
            FirstVersion.FIRST, FirstVersion.PRESENT)
        .isEqualTo(names(FirstVersion.PRESENT));
  }

  private static List<String> names(Path folder) {
    return FirstVersion.files(folder).stream().map(p -> p.getFileName().toString()).toList();
  }

  @ParameterizedTest
  @MethodSource("records")
  void theFirstAndThePresentVersionReadEachOther(Path file) {
    Schema first = FirstVersion.parse(FirstVersion.FIRST.resolve(file.getFileName()));
    Schema present = FirstVersion.parse(file);
    assertThat(FirstVersion.problems(first, present))
        .as("%s against its first version, see docs/schemas.md", file)
        .isEmpty();
  }

  @ParameterizedTest
  @MethodSource("records")
  void carefulChangesPass(Path file) {
    Schema first = FirstVersion.parse(file);
    for (Variants.Variant present : Variants.of(first)) {
      assertThat(FirstVersion.problems(first, present.schema())).as(present.name()).isEmpty();
    }
  }

  @Test
  void carelessChangesFailAndSayWhatToDo() {
    assertThat(problems(text -> text.replace("\"name\": \"title\"", "\"name\": \"caption\"")))
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .startsWith("Item.caption is not of the first version and has no default")
                    .contains("Give it one"))
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .startsWith("Item.title is gone, but the first version has no default")
                    .contains("Put it back"));
    assertThat(
            problems(
                text ->
                    text.replace(
                        "\"name\": \"title\", \"type\": \"string\"",
                        "\"name\": \"title\", \"type\": \"long\"")))
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .startsWith(
                        "The present version cannot read the first: TYPE_MISMATCH at /fields/1/type")
                    .endsWith("add a field with a new name and a default instead."));
  }

  @Test
  void aCarelessChangeWithinAListFails() {
    Schema first = Recommendation.getClassSchema();
    String present =
        first
            .toString()
            .replace("\"name\":\"because_of\"", "\"name\":\"because\"")
            .replace("\"default\":null", "\"x\":0");
    assertThat(FirstVersion.problems(first, new Schema.Parser().parse(present)))
        .anySatisfy(
            problem ->
                assertThat(problem).startsWith("RecommendedItem.because is not of the first"));
  }

  private static List<String> problems(Function<String, String> change) {
    Schema first = FirstVersion.parse(FirstVersion.PRESENT.resolve("Item.avsc"));
    String present = change.apply(first.toString().replace("\":", "\": ").replace(",\"", ", \""));
    return FirstVersion.problems(first, new Schema.Parser().parse(present));
  }
}
