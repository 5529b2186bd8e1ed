package dev.millrace.pipelines.sql;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.api.ValidationException;

/** What is wrong with a statement, collected so that the user sees all of it at once. */
final class ModelProblems {

  private final List<String> lines = new ArrayList<>();

  void add(String option, String value, String wrongAndRemedy) {
    lines.add("'" + option + "' = '" + value + "': " + wrongAndRemedy);
  }

  void add(String wrongAndRemedy) {
    lines.add(wrongAndRemedy);
  }

  boolean isEmpty() {
    return lines.isEmpty();
  }

  /**
   * Throws, if there are any.
   *
   * @param subject what is wrong, as the beginning of a sentence
   */
  void check(String subject) {
    if (isEmpty()) {
      return;
    }
    StringBuilder text = new StringBuilder(subject);
    text.append(lines.size() == 1 ? " has 1 problem:" : " has " + lines.size() + " problems:");
    for (String line : lines) {
      text.append("\n  ").append(line.replace("\n", "\n    "));
    }
    throw new ValidationException(text.toString());
  }
}
