package dev.millrace.accelerator.remote;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a server listens.
 *
 * @param host a name or an address; an IPv6 address without its brackets
 * @param port 1 to 65535
 * @param path what follows the port, without a slash at its end; empty if nothing does
 */
public record Endpoint(String host, int port, String path) {

  private static final Pattern FORM =
      Pattern.compile("//(?:\\[([0-9a-fA-F:.%]+)]|([^\\[\\]/:@#]+)):(\\d{1,5})(/[^#]*)?");
  private static final int MOST = 65_535;

  /**
   * Reads a URI's target.
   *
   * @param example what to write, for the message
   * @throws AcceleratorException of category CONFIGURATION if it is no place of a server
   */
  public static Endpoint of(AcceleratorUri uri, String example) {
    if (uri.target().contains("@")) {
      // Without the URI: what is before the @ is meant to be secret.
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "An accelerator "
              + uri.scheme()
              + " is written with a user or a password before an @. Leave it out, and name the"
              + " secret instead: token-env=VARIABLE or token-file=FILE.");
    }
    Matcher matcher = FORM.matcher(uri.target());
    int port = matcher.matches() ? Integer.parseInt(matcher.group(3)) : 0;
    if (port < 1 || port > MOST) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "The accelerator '" + uri + "' names no server. Write host and port, as in " + example);
    }
    String path = matcher.group(4) == null ? "" : matcher.group(4);
    while (path.endsWith("/")) {
      path = path.substring(0, path.length() - 1);
    }
    return new Endpoint(matcher.group(1) == null ? matcher.group(2) : matcher.group(1), port, path);
  }
}
