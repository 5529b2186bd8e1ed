package dev.millrace.jobs.sql;

/** What is wrong with a script, and where. */
final class ScriptException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient Position position;

  ScriptException(String message, Position position) {
    super(message);
    this.position = position;
  }

  Position position() {
    return position;
  }
}
