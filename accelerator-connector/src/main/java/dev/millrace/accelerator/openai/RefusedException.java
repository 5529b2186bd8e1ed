package dev.millrace.accelerator.openai;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A server's answer that is none: its status, and what it says. */
final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final @Nullable Duration retryAfter;

  /**
   * @param text what the server says, shortened
   * @param retryAfter how long it wants no further request; null if it does not say
   */
  RefusedException(int status, String text, @Nullable Duration retryAfter) {
    super("HTTP status " + status + (text.isBlank() ? "" : " (" + text + ")"), null, false, false);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  int status() {
    return status;
  }

  @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
