package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.MillraceCommandLine;
import dev.millrace.jobs.sql.SqlCommands;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.specific.SpecificDatumReader;

/** Runs the command line in this process, and reads what it said and wrote. */
final class CommandRun {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** Runs it and gives the exit code. */
  int run(String... args) {
    out.reset();
    err.reset();
    return new MillraceCommandLine("1.2.3", List.of(FeedCommands.feed(), SqlCommands.sql()))
        .run(
            args,
            new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                false));
  }

  /** Its standard output. */
  String said() {
    return out.toString(StandardCharsets.UTF_8);
  }

  /** Its standard error. */
  String complained() {
    return err.toString(StandardCharsets.UTF_8);
  }

  /** The records of all Avro files of a folder. */
  static <T> List<T> read(Path folder, Class<T> type) throws IOException {
    List<T> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".avro")).toList()) {
        try (DataFileReader<T> reader =
            new DataFileReader<>(file.toFile(), new SpecificDatumReader<>(type))) {
          reader.forEach(all::add);
        }
      }
    }
    return all;
  }
}
