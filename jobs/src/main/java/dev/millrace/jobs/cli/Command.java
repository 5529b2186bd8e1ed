package dev.millrace.jobs.cli;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.jspecify.annotations.Nullable;

/** A command of {@code millrace}. */
public interface Command {

  /** What joins the values of an option that was given several times. No argument holds it. */
  String SEPARATOR = "\0";

  /** What the user types. */
  String name();

  /** One sentence for the list of commands. */
  String summary();

  /** Paragraphs that follow the options in the help: examples, exit codes. */
  List<String> notes();

  /** The options, in the order in which help lists them. */
  List<ConfigOption<?>> options();

  /** Of the options those that may be given several times. Their values come joined. */
  default Set<ConfigOption<?>> repeatable() {
    return Set.of();
  }

  /** What stands beside the options, as help shows it, such as FILE; null if nothing does. */
  default @Nullable String operand() {
    return null;
  }

  /**
   * Runs the command.
   *
   * @param given what the user wrote, by the option's key, or by {@link #operand}
   * @param problems what parsing found wrong already; the command adds its own, prints all of them
   *     and does nothing if there are any
   * @return an {@link ExitCode}
   */
  int run(Map<String, String> given, Problems problems, Console console);
}
