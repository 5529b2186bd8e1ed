package dev.millrace.accelerator.remote;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The headers that a request carries: a bearer token and further ones. A URI names the variable or
 * the file that they are in, so that no secret stands on a command line, in a log or in a job's
 * configuration.
 *
 * <p>Safe for use by several threads.
 */
public final class Credentials {

  /** The names of the parameters that are read here. */
  public static final String TOKEN_ENV = "token-env";

  public static final String TOKEN_FILE = "token-file";
  public static final String HEADERS_FILE = "headers-file";

  private static final Pattern HEADER_NAME = Pattern.compile("[0-9A-Za-z_.-]+");

  private final @Nullable String tokenVariable;
  private final @Nullable Path tokenFile;
  private final @Nullable Path headersFile;
  private volatile Map<String, String> headers;

  private Credentials(
      @Nullable String tokenVariable, @Nullable Path tokenFile, @Nullable Path headersFile) {
    this.tokenVariable = tokenVariable;
    this.tokenFile = tokenFile;
    this.headersFile = headersFile;
    this.headers = read();
  }

  /**
   * Reads what the parameters name.
   *
   * @throws AcceleratorException of category CONFIGURATION if it is not there
   */
  public static Credentials of(UriParameters parameters) {
    String variable = parameters.text(TOKEN_ENV);
    Path file = parameters.file(TOKEN_FILE);
    if (variable != null && file != null) {
      throw parameters.wrong("has both " + TOKEN_ENV + " and " + TOKEN_FILE + ". Give one");
    }
    return new Credentials(variable, file, parameters.file(HEADERS_FILE));
  }

  /** By name, in lower case. */
  public Map<String, String> headers() {
    return headers;
  }

  /**
   * Reads everything again, for when a server says that it does not know the caller: tokens in
   * files are replaced while a job runs.
   *
   * @return whether anything changed, so that another try may succeed
   */
  public boolean reload() {
    Map<String, String> before = headers;
    try {
      headers = read();
    } catch (AcceleratorException gone) {
      return false;
    }
    return !before.equals(headers);
  }

  private Map<String, String> read() {
    Map<String, String> read = new LinkedHashMap<>();
    if (headersFile != null) {
      for (String line : text(headersFile).lines().toList()) {
        int colon = line.indexOf(':');
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        if (colon < 1 || !HEADER_NAME.matcher(line.substring(0, colon)).matches()) {
          throw configuration(
              "A line of the file '" + headersFile + "' is no header. Write name: value.");
        }
        read.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
    }
    String token = null;
    if (tokenVariable != null) {
      token = System.getenv(tokenVariable);
      if (token == null || token.isBlank()) {
        throw configuration(
            "The environment variable "
                + tokenVariable
                + ", which holds the token of an accelerator, is not set in this process.");
      }
    } else if (tokenFile != null) {
      token = text(tokenFile);
      if (token.isBlank()) {
        throw configuration("The file '" + tokenFile + "' holds no token: it is empty.");
      }
    }
    if (token != null) {
      read.put("authorization", "Bearer " + token.strip());
    }
    read.forEach(
        (name, value) -> {
          if (value.chars().anyMatch(c -> c < ' ' || c > '~')) {
            throw configuration(
                "The header '"
                    + name
                    + "' has a character that is none of ASCII's. Write others as"
                    + " the server expects it, for example in base64.");
          }
        });
    return Map.copyOf(read);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "The file '"
              + file
              + "', which an accelerator's URI names, cannot be read: "
              + unreadable,
          unreadable);
    }
  }

  private static AcceleratorException configuration(String message) {
    return new AcceleratorException(Category.CONFIGURATION, message);
  }

  /** Without the values. */
  @Override
  public String toString() {
    return "Credentials" + headers.keySet();
  }
}
