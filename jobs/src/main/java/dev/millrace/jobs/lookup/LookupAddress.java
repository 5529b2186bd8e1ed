package dev.millrace.jobs.lookup;

import java.io.Serializable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a look-up listens.
 *
 * @param host a name or an address; one of IPv6 without its brackets
 * @param port 0 for a free one
 */
public record LookupAddress(String host, int port) implements Serializable {

  private static final Pattern WRITTEN =
      Pattern.compile("(?:(\\[[^\\]]+]|[^:\\[\\]]+):)?(\\d{1,5})");
  private static final int MOST = 65_535;
  private static final String LOOPBACK = "127.0.0.1";

  /**
   * Reads {@code PORT}, which is of this machine only, or {@code HOST:PORT}.
   *
   * @throws IllegalArgumentException if it is neither, with what is allowed
   */
  public static LookupAddress parse(String written) {
    Matcher parts = WRITTEN.matcher(written.strip());
    if (!parts.matches() || Integer.parseInt(parts.group(2)) > MOST) {
      throw new IllegalArgumentException(
          "it is no address. Write a port from 0 to "
              + MOST
              + ", such as 8080, or HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080; port 0 takes"
              + " a free one.");
    }
    String host = parts.group(1) == null ? LOOPBACK : parts.group(1).replaceAll("[\\[\\]]", "");
    return new LookupAddress(host, Integer.parseInt(parts.group(2)));
  }

  /** Whether only this machine reaches it. A host that nobody knows is not. */
  public boolean loopback() {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException unknown) {
      return false;
    }
  }

  /** The same at another port. */
  LookupAddress at(int other) {
    return new LookupAddress(host, other);
  }

  /** What a browser is given. */
  String url() {
    return "http://" + this + "/";
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
