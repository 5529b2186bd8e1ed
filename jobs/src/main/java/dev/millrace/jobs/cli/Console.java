package dev.millrace.jobs.cli;

import java.io.PrintStream;

/**
 * Where a command speaks to people.
 *
 * @param out what was asked for
 * @param err what went wrong
 * @param terminal whether a line can be rewritten
 * @param verbose whether stack traces are wanted
 */
public record Console(PrintStream out, PrintStream err, boolean terminal, boolean verbose) {

  /** Of this process. */
  public static Console ofProcess(boolean verbose) {
    return new Console(System.out, System.err, isTerminal(), verbose);
  }

  private static boolean isTerminal() {
    // The launcher knows whether standard output is a terminal; Java 17 cannot tell.
    return Boolean.getBoolean("millrace.terminal")
        && !"dumb".equals(System.getenv("TERM"))
        && System.getenv("CI") == null;
  }
}
