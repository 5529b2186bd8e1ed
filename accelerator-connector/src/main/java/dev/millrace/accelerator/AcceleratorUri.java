package dev.millrace.accelerator;

import dev.millrace.accelerator.AcceleratorException.Category;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
