package dev.millrace.accelerator.oip;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.remote.Credentials;
import dev.millrace.accelerator.remote.Tls;
import io.grpc.Status;
import java.util.List;
import java.util.Locale;

/** Tells what kind of failure a status is. */
final class OipErrors {

  /** In the words of servers' backends; the protocol has no status for it. */
  private static final List<String> OUT_OF_MEMORY =
      List.of("out of memory", "failed to allocate", "bad_alloc", "out_of_memory");

  /** How gRPC's implementations say that a message has too many bytes. */
  private static final List<String> TOO_LARGE = List.of("larger than max", "exceeds maximum size");

  private OipErrors() {}

  /**
   * An exception for a call that did not succeed.
   *
   * @param what names accelerator, model and work
   */
  static AcceleratorException of(String what, Status status, Credentials credentials) {
    String text = status.getDescription() == null ? "" : status.getDescription();
    Throwable cause = status.getCause();
    if (cause instanceof AcceleratorException known) {
      return new AcceleratorException(known.category(), what + ": " + known.getMessage(), known);
    }
    StringBuilder message =
        new StringBuilder(what).append(" failed with ").append(status.getCode());
    if (!text.isEmpty()) {
      message.append(" (").append(text).append(')');
    }
    for (Throwable deeper = cause; deeper != null; deeper = deeper.getCause()) {
      message.append(", because of ").append(deeper);
      if (deeper == deeper.getCause()) {
        break;
      }
    }
    message.append('.');
    return new AcceleratorException(
        category(status, text, credentials, message), message.toString(), cause);
  }

  /** Whether it is the server's own word, so that it does nothing more for this request. */
  static boolean isTheServers(Status status) {
    return switch (status.getCode()) {
      case CANCELLED, DEADLINE_EXCEEDED, UNAVAILABLE, INTERNAL, UNKNOWN -> false;
      default -> true;
    };
  }

  /** Whether the server does not know the memory that was shared with it, as after a start. */
  static boolean isLostMemory(Status status) {
    String text = status.getDescription();
    return !status.isOk()
        && text != null
        && text.toLowerCase(Locale.ROOT).contains("shared memory region");
  }

  private static Category category(
      Status status, String text, Credentials credentials, StringBuilder message) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (isLostMemory(status)) {
      message.append(" Tensors travel in the requests from now on.");
      return Category.UNAVAILABLE;
    }
    if (Tls.isRefusal(status.getCause())) {
      message.append(Tls.ADVICE);
      return Category.CONFIGURATION;
    }
    if (TOO_LARGE.stream().anyMatch(lower::contains)) {
      message.append(
          " The server takes smaller messages only: let it take larger ones, or lower"
              + " token-budget.");
      return Category.OUT_OF_MEMORY;
    }
    if (OUT_OF_MEMORY.stream().anyMatch(lower::contains)) {
      return Category.OUT_OF_MEMORY;
    }
    return switch (status.getCode()) {
      case INVALID_ARGUMENT, OUT_OF_RANGE -> Category.INPUT;
      case NOT_FOUND -> {
        message.append(" Name the model as the server does with the parameter model=NAME.");
        yield Category.MODEL;
      }
      case UNIMPLEMENTED -> {
        message.append(" Does the server speak the Open Inference Protocol at this port?");
        yield Category.CONFIGURATION;
      }
      case UNAUTHENTICATED, PERMISSION_DENIED -> {
        if (credentials.reload()) {
          yield Category.UNAVAILABLE;
        }
        message.append(
            " Name a token that the server accepts with token-env=VARIABLE or token-file=FILE.");
        yield Category.CONFIGURATION;
      }
      case DEADLINE_EXCEEDED -> Category.TIMEOUT;
      case UNAVAILABLE, RESOURCE_EXHAUSTED, ABORTED, CANCELLED -> Category.UNAVAILABLE;
      default -> Category.DEVICE;
    };
  }
}
