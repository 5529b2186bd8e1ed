package dev.millrace.accelerator.openai;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.remote.Credentials;
import dev.millrace.accelerator.remote.Endpoint;
import dev.millrace.accelerator.remote.RemoteNames;
import dev.millrace.accelerator.remote.Tls;
import dev.millrace.accelerator.remote.UriParameters;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a URI says of a server and of how it is used.
 *
 * @param tls null for a connection in the clear
 * @param model the model's name at the server; null for the last part of its name here
 * @param inFlightOrNull requests at the server at once, each over a connection of its own; null for
 *     what suits the task
 * @param deadline for one batch; null for that of the session's options
 * @param sendsTexts whether texts are sent to embed and to classify, and not their tokens
 * @param scores what a classifier's answers are
 */
record OpenAiSettings(
    Endpoint endpoint,
    @Nullable Tls tls,
    Credentials credentials,
    @Nullable String model,
    @Nullable Integer inFlightOrNull,
    @Nullable Duration deadline,
    boolean sendsTexts,
    Scores scores) {

  /** What a classifier's answers are. */
  enum Scores {
    /** What the server says when it is asked for raw numbers and for scores tells. */
    AUTO,
    /** Numbers before any activation. */
    RAW,
    /** Scores, by the activation that the model's folder says. */
    ACTIVATED
  }

  static final String PLAIN = "openai+http";
  static final String ENCRYPTED = "openai+https";

  private static final String MODEL = "model";
  private static final String IN_FLIGHT = "in-flight";
  private static final String DEADLINE = "deadline";
  private static final String INPUT = "input";
  private static final String TOKENS = "tokens";
  private static final String TEXT = "text";
  private static final String SCORES = "scores";

  private static final List<String> KNOWN =
      List.of(
          MODEL,
          IN_FLIGHT,
          DEADLINE,
          INPUT,
          SCORES,
          Credentials.TOKEN_ENV,
          Credentials.TOKEN_FILE,
          Credentials.HEADERS_FILE,
          Tls.CA_FILE,
          Tls.CERTIFICATE_FILE,
          Tls.KEY_FILE,
          Tls.SERVER_NAME);

  private static final int BATCHES_IN_FLIGHT = 4;

  /** A server answers many prompts at once, one token of each after the other. */
  private static final int PROMPTS_IN_FLIGHT = 64;

  private static final int MOST_IN_FLIGHT = 1024;

  /**
   * Reads a URI.
   *
   * @throws dev.millrace.accelerator.AcceleratorException of category CONFIGURATION if it is wrong
   */
  static OpenAiSettings of(AcceleratorUri uri) {
    UriParameters parameters = new UriParameters(uri, KNOWN);
    Endpoint endpoint = Endpoint.of(uri, uri.scheme() + "://localhost:8000/v1.");
    if (endpoint.path().isEmpty()) {
      throw parameters.wrong(
          "has no path after the port. Write what the server's routes begin with, as in "
              + uri
              + "/v1");
    }
    return new OpenAiSettings(
        endpoint,
        Tls.of(parameters, uri.scheme().equals(ENCRYPTED)),
        Credentials.of(parameters),
        parameters.text(MODEL),
        parameters.text(IN_FLIGHT) == null
            ? null
            : Integer.valueOf(parameters.count(IN_FLIGHT, MOST_IN_FLIGHT, BATCHES_IN_FLIGHT)),
        parameters.duration(DEADLINE),
        parameters.oneOf(INPUT, List.of(TOKENS, TEXT), TOKENS).equals(TEXT),
        Scores.valueOf(
            parameters
                .oneOf(SCORES, List.of("auto", "raw", "activated"), "auto")
                .toUpperCase(Locale.ROOT)));
  }

  /** What the model is called at the server. */
  String modelName(Model local) {
    if (model != null) {
      return model;
    }
    return local.task() == ModelTask.GENERATION ? local.name() : RemoteNames.of(local);
  }

  /** Requests at the server at once, each over a connection of its own. */
  int inFlight(ModelTask task) {
    if (inFlightOrNull != null) {
      return inFlightOrNull;
    }
    return task == ModelTask.GENERATION ? PROMPTS_IN_FLIGHT : BATCHES_IN_FLIGHT;
  }

  Duration deadline(SessionOptions options) {
    return deadline == null ? options.deadline() : deadline;
  }
}
