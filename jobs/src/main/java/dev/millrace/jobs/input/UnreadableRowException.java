package dev.millrace.jobs.input;

/** Says why a row cannot be read, in a sentence for people. */
final class UnreadableRowException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String reason;

  UnreadableRowException(String reason) {
    super(reason);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }
}
