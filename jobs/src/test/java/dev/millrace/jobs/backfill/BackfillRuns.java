package dev.millrace.jobs.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.MillraceCommandLine;
import dev.millrace.schemas.DeadLetter;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.specific.SpecificDatumReader;

/** Runs the command in this process, and reads what it said and wrote. */
final class BackfillRuns {

  private static final JsonMapper JSON = new JsonMapper();

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** Runs it and gives the exit code. */
  int run(String... options) {
    out.reset();
    err.reset();
    List<String> args = new ArrayList<>(List.of("backfill"));
    args.addAll(List.of(options));
    return new MillraceCommandLine("1.2.3", List.of(BackfillCommands.backfill()))
        .run(
            args.toArray(String[]::new),
            new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                false));
  }

  /** Runs it to its end. */
  void succeed(String... options) {
    int code = run(options);
    assertThat(code).as("%s%n%s", said(), complained()).isZero();
  }

  String said() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String complained() {
    return err.toString(StandardCharsets.UTF_8);
  }

  /** The part files of a folder, in order. */
  static List<Path> parts(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.getFileName().toString().startsWith("part-")).sorted().toList();
    }
  }

  /** The rows of JSON lines, over all files of a folder in their order. */
  static List<JsonNode> json(Path folder) throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    eachRow(folder, rows::add);
    return rows;
  }

  /** The same, one at a time. */
  static void eachRow(Path folder, Consumer<JsonNode> rows) throws IOException {
    for (Path part : parts(folder)) {
      try (BufferedReader lines = Files.newBufferedReader(part)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          rows.accept(JSON.readTree(line));
        }
      }
    }
  }

  static List<DeadLetter> letters(Path folder) throws IOException {
    List<DeadLetter> letters = new ArrayList<>();
    for (Path part : parts(folder)) {
      try (DataFileReader<DeadLetter> reader =
          new DataFileReader<>(part.toFile(), new SpecificDatumReader<>(DeadLetter.class))) {
        reader.forEach(letters::add);
      }
    }
    return letters;
  }
}
