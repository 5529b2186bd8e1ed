package dev.millrace.jobs.cli;

import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;

/** A command of {@code millrace}. */
public interface Command {

  /** What the user types. */
  String name();

  /** One sentence for the list of commands. */
  String summary();

  /** Paragraphs that follow the options in the help: examples, exit codes. */
  List<String> notes();

  /** The options, in the order in which help lists them. */
  List<ConfigOption<?>> options();

  /**
   * Runs the command.
   *
   * @param given what the user wrote, by the option's key
   * @param problems what parsing found wrong already; the command adds its own, prints all of them
   *     and does nothing if there are any
   * @return an {@link ExitCode}
   */
  int run(Map<String, String> given, Problems problems, Console console);
}
