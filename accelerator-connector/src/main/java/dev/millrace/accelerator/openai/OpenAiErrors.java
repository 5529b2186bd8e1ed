package dev.millrace.accelerator.openai;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.remote.Credentials;
import dev.millrace.accelerator.remote.Tls;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import org.apache.arrow.memory.OutOfMemoryException;
import reactor.core.Exceptions;

/** Tells what kind of failure an exchange's is. */
final class OpenAiErrors {

  private OpenAiErrors() {}

  /**
   * An exception for an exchange that did not succeed.
   *
   * @param what names accelerator, model and work
   */
  static AcceleratorException of(String what, Throwable thrown, Credentials credentials) {
    Throwable failure = Exceptions.unwrap(thrown);
    if (failure instanceof AcceleratorException known) {
      return new AcceleratorException(known.category(), what + ": " + known.getMessage(), known);
    }
    StringBuilder message = new StringBuilder(what).append(" failed with ");
    if (failure instanceof TimeoutException) {
      return new AcceleratorException(
          Category.TIMEOUT, what + " did not answer within " + failure.getMessage() + ".", failure);
    }
    if (failure instanceof RefusedException refused) {
      message.append(refused.getMessage()).append('.');
      return new AcceleratorException(
          category(refused, credentials, message), message.toString(), failure);
    }
    message.append(failure).append('.');
    return new AcceleratorException(category(failure, message), message.toString(), failure);
  }

  private static Category category(Throwable failure, StringBuilder message) {
    if (Tls.isRefusal(failure)) {
      message.append(Tls.ADVICE);
      return Category.CONFIGURATION;
    }
    if (failure instanceof OutOfMemoryException) {
      return Category.OUT_OF_MEMORY;
    }
    // Refused, reset, cut short: all that goes wrong on the way is one of these.
    return failure instanceof IOException ? Category.UNAVAILABLE : Category.DEVICE;
  }

  private static Category category(
      RefusedException refused, Credentials credentials, StringBuilder message) {
    String text = String.valueOf(refused.getMessage()).toLowerCase(Locale.ROOT);
    if (refused.status() >= 500 && text.contains("out of memory")) {
      return Category.OUT_OF_MEMORY;
    }
    return switch (refused.status()) {
      case 400, 422 -> Category.INPUT;
      case 413 -> Category.OUT_OF_MEMORY;
      case 401, 403 -> {
        if (credentials.reload()) {
          yield Category.UNAVAILABLE;
        }
        message.append(
            " Name a key that the server accepts with token-env=VARIABLE or token-file=FILE.");
        yield Category.CONFIGURATION;
      }
      case 404 -> {
        message.append(
            " Is the path after the port what the server's routes begin with, and does it call the"
                + " model so? Another name is given with the parameter model=NAME.");
        yield Category.MODEL;
      }
      case 408, 504 -> Category.TIMEOUT;
      case 429, 502, 503 -> Category.UNAVAILABLE;
      default -> {
        if (refused.status() >= 500) {
          yield Category.DEVICE;
        }
        message.append(
            refused.status() < 400
                ? " Redirections are not followed: name the server that they lead to."
                : " Does the server have OpenAI's routes here?");
        yield Category.CONFIGURATION;
      }
    };
  }
}
