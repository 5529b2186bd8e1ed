package dev.millrace.accelerator;

import dev.millrace.accelerator.AcceleratorException.Category;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a model runs: {@code onnx:cpu}, {@code onnx:cuda:0}, {@code oip+grpc://host:8001}.
 *
 * @param scheme chooses the connector; lower case
 * @param target what is after the scheme's colon and before a question mark; the connector's own
 * @param parameters what is after the question mark, decoded, in the order given
 */
public record AcceleratorUri(String scheme, String target, Map<String, String> parameters) {

  /** The scheme of several accelerators that are used as one. */
  public static final String POOL = "pool";

  /** Parameters that a pool reads from the URIs of its devices; no connector sees them. */
  public static final Set<String> POOL_PARAMETERS =
      Set.of("weight", "telemetry", "temperature-limit", "known-answer");

  private static final Pattern FORM =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):([^?\\s]+)(?:\\?(\\S*))?");

  public AcceleratorUri {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  /**
   * Parses one URI.
   *
   * @throws AcceleratorException of category CONFIGURATION if it is none
   */
  public static AcceleratorUri parse(String text) {
    Matcher matcher = FORM.matcher(text.trim());
    if (!matcher.matches()) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "'"
              + withoutParameters(text)
              + "' is not an accelerator. Write SCHEME:TARGET, for example onnx:cpu. The schemes"
              + " here are "
              + Connectors.schemes()
              + ".");
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    String query = matcher.group(3);
    if (query != null && !query.isEmpty()) {
      for (String pair : query.split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals < 1) {
          throw new AcceleratorException(
              Category.CONFIGURATION,
              "Parameter "
                  + (parameters.size() + 1)
                  + " of the accelerator '"
                  + withoutParameters(text)
                  + "' has no name. Write name=value, several joined by &.");
        }
        String name = decode(text, pair.substring(0, equals));
        if (parameters.put(name, decode(text, pair.substring(equals + 1))) != null) {
          throw new AcceleratorException(
              Category.CONFIGURATION,
              "The accelerator '"
                  + withoutParameters(text)
                  + "' has the parameter "
                  + name
                  + " twice. Give it once.");
        }
      }
    }
    return new AcceleratorUri(
        matcher.group(1).toLowerCase(Locale.ROOT), matcher.group(2), parameters);
  }

  /** Parses a comma-separated list of URIs. */
  public static List<AcceleratorUri> parseList(String text) {
    List<AcceleratorUri> uris = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      uris.add(parse(part));
    }
    return uris;
  }

  /**
   * Parses what a user names as the place where models run: one URI, or several separated by
   * commas, which are a pool. One with a parameter of {@link #POOL_PARAMETERS} is a pool of one.
   *
   * @return the URI, or one of the scheme {@value #POOL} whose parameters are the members
   */
  public static AcceleratorUri parsePool(String text) {
    List<AcceleratorUri> members = parseList(text);
    AcceleratorUri first = members.get(0);
    return members.size() == 1 && Collections.disjoint(first.parameters().keySet(), POOL_PARAMETERS)
        ? first
        : pool(members);
  }

  private static AcceleratorUri pool(List<AcceleratorUri> members) {
    List<String> shown = new ArrayList<>();
    Map<String, String> written = new LinkedHashMap<>();
    for (AcceleratorUri member : members) {
      shown.add(member.toString());
      written.put(Integer.toString(shown.size()), member.text());
    }
    return new AcceleratorUri(POOL, String.join(",", shown), written);
  }

  /** The URI with all its parameters, so that {@link #parse} reads it. May hold secrets. */
  public String text() {
    StringBuilder text = new StringBuilder(toString());
    char separator = '?';
    for (Map.Entry<String, String> parameter : parameters.entrySet()) {
      text.append(separator)
          .append(URLEncoder.encode(parameter.getKey(), StandardCharsets.UTF_8))
          .append('=')
          .append(URLEncoder.encode(parameter.getValue(), StandardCharsets.UTF_8));
      separator = '&';
    }
    return text.toString();
  }

  /** The same place without some of its parameters. */
  public AcceleratorUri without(Set<String> names) {
    Map<String, String> left = new LinkedHashMap<>(parameters);
    left.keySet().removeAll(names);
    return new AcceleratorUri(scheme, target, left);
  }

  private static String decode(String uri, String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "A parameter of the accelerator '"
              + withoutParameters(uri)
              + "' has a % that two hexadecimal digits do not follow. Write %25 for %.");
    }
  }

  /** For messages: the values of parameters may be secrets. */
  private static String withoutParameters(String text) {
    int question = text.indexOf('?');
    return question < 0 ? text : text.substring(0, question) + "?...";
  }

  /** The URI without its parameters, which may hold secrets. */
  @Override
  public String toString() {
    return scheme + ":" + target;
  }
}
