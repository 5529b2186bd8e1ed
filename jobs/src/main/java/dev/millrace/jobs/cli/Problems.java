package dev.millrace.jobs.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with a configuration, collected so that the user sees all of it at once. Each
 * problem names the option, its value, what is wrong and what to do.
 */
public final class Problems {

  private final List<String> lines = new ArrayList<>();

  /**
   * Adds one.
   *
   * @param option the option's key, without dashes
   * @param value what it was set to, or null if it was not set
   * @param wrongAndRemedy whole sentences: what is wrong, what is allowed, what to do
   */
  public void add(String option, @Nullable Object value, String wrongAndRemedy) {
    lines.add("--" + option + (value == null ? "" : " '" + value + "'") + ": " + wrongAndRemedy);
  }

  /** Adds one that is of no single option. */
  public void add(String wrongAndRemedy) {
    lines.add(wrongAndRemedy);
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return lines.isEmpty();
  }

  /** The problems, each a line, in the order in which they were found. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** All of them, for people. */
  public String describe(String command) {
    StringBuilder text = new StringBuilder();
    text.append(command)
        .append(lines.size() == 1 ? ": 1 problem" : ": " + lines.size() + " problems");
    for (String line : lines) {
      text.append("\n  ").append(line.replace("\n", "\n    "));
    }
    return text.append("\nSee '").append(command).append(" --help'.").toString();
  }
}
