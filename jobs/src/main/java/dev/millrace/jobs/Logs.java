package dev.millrace.jobs;

/** Tells the logging configuration what to do, before the first logger is made. */
final class Logs {

  private static final String LOG_FILE = "--log-file";

  private Logs() {}

  static void configure(String[] args, boolean verbose) {
    if (verbose) {
      System.setProperty("millrace.log.console", "WARN");
    }
    for (int i = 0; i < args.length; i++) {
      String file = null;
      if (args[i].startsWith(LOG_FILE + "=")) {
        file = args[i].substring(LOG_FILE.length() + 1);
      } else if (args[i].equals(LOG_FILE) && i + 1 < args.length) {
        file = args[i + 1];
      }
      if (file != null) {
        System.setProperty("millrace.log.file", file);
        System.setProperty("millrace.log.level", "INFO");
      }
    }
  }
}
