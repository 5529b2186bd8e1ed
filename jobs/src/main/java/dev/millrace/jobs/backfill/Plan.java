package dev.millrace.jobs.backfill;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What a back-fill does, down to its parts: which rows of which file become which file. It is the
 * same for every run of the same command.
 *
 * @param settings what decides on the content of the output, by what the user calls it
 * @param columns the input's, as Arrow's JSON
 * @param files the input's, in order
 * @param rowsPerPart how many rows of a file a part has, but for its last
 */
record Plan(Map<String, String> settings, String columns, List<InputFile> files, int rowsPerPart)
    implements Serializable {

  /**
   * A file of the input.
   *
   * @param path as a URI
   * @param bytes its length
   * @param modified when it was written last, in epoch milliseconds
   * @param rows how many it has, unreadable ones included
   */
  record InputFile(String path, long bytes, long modified, long rows) implements Serializable {}

  Plan {
    // Flink's serialization wants no views.
    settings = new TreeMap<>(settings);
    files = new ArrayList<>(files);
  }

  Schema schema() throws IOException {
    return Schema.fromJSON(columns);
  }

  int partsOf(int file) {
    return Math.toIntExact((files.get(file).rows() + rowsPerPart - 1) / rowsPerPart);
  }

  /** All parts, in order. */
  List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    for (int file = 0; file < files.size(); file++) {
      for (int number = 0; number < partsOf(file); number++) {
        parts.add(new Part(file, number));
      }
    }
    return parts;
  }

  /** The first row of a part in its file, from 0. */
  long begin(Part part) {
    return (long) part.number() * rowsPerPart;
  }

  /** The row behind its last. */
  long end(Part part) {
    return Math.min(begin(part) + rowsPerPart, files.get(part.file()).rows());
  }

  long rows() {
    return files.stream().mapToLong(InputFile::rows).sum();
  }

  /** What is other than in an earlier plan, each in a sentence without its full stop. */
  List<String> differencesFrom(Plan earlier) {
    List<String> differences = new ArrayList<>();
    settings.forEach(
        (name, value) -> {
          String was = earlier.settings.getOrDefault(name, "");
          if (!was.equals(value)) {
            differences.add(name + " was " + shown(was) + " and is " + shown(value));
          }
        });
    if (earlier.rowsPerPart != rowsPerPart) {
      differences.add("--rows-per-file was " + earlier.rowsPerPart + " and is " + rowsPerPart);
    }
    for (InputFile file : files) {
      InputFile was = find(earlier.files, file.path());
      if (was == null) {
        differences.add("the input has the new file " + file.path());
      } else if (was.bytes() != file.bytes() || was.modified() != file.modified()) {
        differences.add(file.path() + " has changed");
      }
    }
    for (InputFile was : earlier.files) {
      if (find(files, was.path()) == null) {
        differences.add("the input has " + was.path() + " no more");
      }
    }
    return differences;
  }

  private static String shown(String value) {
    return value.isEmpty() ? "not set" : "'" + value + "'";
  }

  private static @Nullable InputFile find(List<InputFile> files, String path) {
    return files.stream().filter(file -> file.path().equals(path)).findFirst().orElse(null);
  }
}
