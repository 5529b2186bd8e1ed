package dev.millrace.accelerator.oip;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.remote.Credentials;
import dev.millrace.accelerator.remote.Endpoint;
import dev.millrace.accelerator.remote.RemoteNames;
import dev.millrace.accelerator.remote.Tls;
import dev.millrace.accelerator.remote.UriParameters;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a URI says of a server and of how it is used.
 *
 * @param tls null for a connection in the clear
 * @param model the model's name at the server; null for the last part of its name here
 * @param version empty for the one that the server chooses
 * @param output the output to read; null for the one that looks like an embedding
 * @param connections over which requests are shared out
 * @param inFlight batches at the server at once
 * @param deadline for one request; null for that of the session's options
 * @param sharedMemory whether memory is shared with a server on this host, if it wants
 */
record OipSettings(
    Endpoint endpoint,
    @Nullable Tls tls,
    Credentials credentials,
    @Nullable String model,
    String version,
    @Nullable String output,
    int connections,
    int inFlight,
    @Nullable Duration deadline,
    boolean sharedMemory) {

  static final String PLAIN = "oip+grpc";
  static final String ENCRYPTED = "oip+grpcs";

  private static final String MODEL = "model";
  private static final String VERSION = "version";
  private static final String OUTPUT = "output";
  private static final String CONNECTIONS = "connections";
  private static final String IN_FLIGHT = "in-flight";
  private static final String DEADLINE = "deadline";
  private static final String SHARED_MEMORY = "shared-memory";
  private static final String AUTO = "auto";

  private static final List<String> KNOWN =
      List.of(
          MODEL,
          VERSION,
          OUTPUT,
          CONNECTIONS,
          IN_FLIGHT,
          DEADLINE,
          SHARED_MEMORY,
          Credentials.TOKEN_ENV,
          Credentials.TOKEN_FILE,
          Credentials.HEADERS_FILE,
          Tls.CA_FILE,
          Tls.CERTIFICATE_FILE,
          Tls.KEY_FILE,
          Tls.SERVER_NAME);

  /** One batch is computed, the next are on their way or wait at the server. */
  private static final int DEFAULT_IN_FLIGHT = 4;

  private static final int MOST_IN_FLIGHT = 1024;
  private static final int MOST_CONNECTIONS = 64;

  /**
   * Reads a URI.
   *
   * @throws dev.millrace.accelerator.AcceleratorException of category CONFIGURATION if it is wrong
   */
  static OipSettings of(AcceleratorUri uri) {
    UriParameters parameters = new UriParameters(uri, KNOWN);
    Endpoint endpoint = Endpoint.of(uri, uri.scheme() + "://localhost:8001.");
    if (!endpoint.path().isEmpty()) {
      throw parameters.wrong(
          "has the path " + endpoint.path() + " after the port, where gRPC has none. Leave it out");
    }
    String version = parameters.text(VERSION);
    return new OipSettings(
        endpoint,
        Tls.of(parameters, uri.scheme().equals(ENCRYPTED)),
        Credentials.of(parameters),
        parameters.text(MODEL),
        version == null ? "" : version,
        parameters.text(OUTPUT),
        parameters.count(CONNECTIONS, MOST_CONNECTIONS, 1),
        parameters.count(IN_FLIGHT, MOST_IN_FLIGHT, DEFAULT_IN_FLIGHT),
        parameters.duration(DEADLINE),
        parameters.oneOf(SHARED_MEMORY, List.of(AUTO, "off"), AUTO).equals(AUTO));
  }

  /** What the model is called at the server. */
  String modelName(Model local) {
    return model == null ? RemoteNames.of(local) : model;
  }

  Duration deadline(SessionOptions options) {
    return deadline == null ? options.deadline() : deadline;
  }
}
