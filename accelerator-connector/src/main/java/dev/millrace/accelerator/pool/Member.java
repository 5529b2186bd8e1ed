package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.telemetry.Telemetry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A device of a pool, as the user wrote it.
 *
 * @param uri without the parameters that are the pool's
 * @param weight how much its speed counts when the pool chooses; 0 for a spare, which works only
 *     while no other device can
 * @param telemetry where its health is asked for; null for the session itself, if it can tell
 * @param celsiusLimit from here on it gets no work until it has cooled
 * @param comparedWithProcessor whether its known answer is also the one that this process's
 *     processor computes
 */
record Member(
    AcceleratorUri uri,
    double weight,
    @Nullable String telemetry,
    double celsiusLimit,
    boolean comparedWithProcessor) {

  private static final double MOST_WEIGHT = 1000;

  /** Where most data-centre chips begin to throttle, or are about to. */
  private static final double CELSIUS_LIMIT = 90;

  /**
   * The members of a pool's URI.
   *
   * @throws AcceleratorException of category CONFIGURATION if one is wrong or comes twice
   */
  static List<Member> of(AcceleratorUri pool) {
    List<Member> members = new ArrayList<>();
    Set<AcceleratorUri> seen = new HashSet<>();
    for (String text : pool.parameters().values()) {
      Member member = of(AcceleratorUri.parse(text), pool);
      if (!seen.add(member.uri)) {
        throw wrong(member.uri, "is in the pool twice. Name each device once");
      }
      members.add(member);
    }
    if (members.isEmpty()) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "A pool has no URI of its own. Write its devices, separated by commas: onnx:cpu,sim:a");
    }
    return members;
  }

  /** One that is no pool's. */
  static Member alone(AcceleratorUri uri) {
    return new Member(uri, 1, null, CELSIUS_LIMIT, false);
  }

  private static Member of(AcceleratorUri uri, AcceleratorUri pool) {
    if (uri.scheme().equals(AcceleratorUri.POOL)) {
      throw wrong(pool, "is a pool within a pool. Write all devices in one list");
    }
    String telemetry = uri.parameters().get("telemetry");
    if (telemetry != null) {
      Telemetry unused = Telemetry.of(telemetry);
    }
    return new Member(
        uri.without(AcceleratorUri.POOL_PARAMETERS),
        number(uri, "weight", MOST_WEIGHT, 1),
        telemetry,
        number(uri, "temperature-limit", MOST_WEIGHT, CELSIUS_LIMIT),
        comparedWithProcessor(uri));
  }

  private static boolean comparedWithProcessor(AcceleratorUri uri) {
    String from = uri.parameters().getOrDefault("known-answer", "devices");
    return switch (from) {
      case "devices" -> false;
      case "cpu" -> true;
      default ->
          throw wrong(
              uri,
              "has known-answer="
                  + from
                  + ". It must be devices, for what the pool's devices say, or cpu, for what this"
                  + " machine's processor computes as well");
    };
  }

  private static double number(AcceleratorUri uri, String name, double most, double otherwise) {
    String text = uri.parameters().get(name);
    if (text == null) {
      return otherwise;
    }
    try {
      double value = Double.parseDouble(text);
      if (value >= 0 && value <= most) {
        return value;
      }
    } catch (NumberFormatException notANumber) {
      // Told below, as a number out of range is.
    }
    throw wrong(uri, "has " + name + "=" + text + ". It must be a number from 0 to " + (int) most);
  }

  private static AcceleratorException wrong(AcceleratorUri uri, String what) {
    return new AcceleratorException(
        Category.CONFIGURATION, "The accelerator '" + uri + "' " + what + ".");
  }
}
