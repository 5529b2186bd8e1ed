package dev.millrace.accelerator.telemetry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A sample in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats).
 *
 * @param labels by name, unescaped
 */
record Sample(String name, Map<String, String> labels, double value) {

  Sample {
    labels = Map.copyOf(labels);
  }

  /** The samples of a page; lines that are none are passed over. */
  static List<Sample> parse(String page) {
    List<Sample> samples = new ArrayList<>();
    page.lines()
        .forEach(
            line -> {
              Sample sample = line.startsWith("#") ? null : new Line(line).sample();
              if (sample != null) {
                samples.add(sample);
              }
            });
    return samples;
  }

  private static final class Line {
    private final String text;
    private int at;

    Line(String text) {
      this.text = text.strip();
    }

    @Nullable Sample sample() {
      String name = word();
      Map<String, String> labels = new HashMap<>();
      if (name.isEmpty() || (peek() == '{' && !readLabels(labels))) {
        return null;
      }
      // A time may follow the value.
      String value = text.substring(at).strip().split("\\s+", 2)[0];
      try {
        return new Sample(name, labels, number(value));
      } catch (NumberFormatException none) {
        return null;
      }
    }

    private static double number(String value) {
      return switch (value) {
        case "+Inf" -> Double.POSITIVE_INFINITY;
        case "-Inf" -> Double.NEGATIVE_INFINITY;
        default -> Double.parseDouble(value);
      };
    }

    private char peek() {
      return at < text.length() ? text.charAt(at) : 0;
    }

    private String word() {
      int from = at;
      while (Character.isLetterOrDigit(peek()) || peek() == '_' || peek() == ':') {
        at++;
      }
      return text.substring(from, at);
    }

    private boolean readLabels(Map<String, String> labels) {
      at++;
      while (peek() != '}') {
        skipBlanks();
        String name = word();
        skipBlanks();
        if (peek() != '=') {
          return false;
        }
        at++;
        skipBlanks();
        if (peek() != '"') {
          return false;
        }
        labels.put(name, quoted());
        skipBlanks();
        if (peek() == ',') {
          at++;
          skipBlanks();
        } else if (peek() != '}') {
          return false;
        }
      }
      at++;
      return true;
    }

    private String quoted() {
      StringBuilder value = new StringBuilder();
      at++;
      while (at < text.length() && peek() != '"') {
        char c = text.charAt(at++);
        if (c == '\\' && at < text.length()) {
          char escaped = text.charAt(at++);
          value.append(escaped == 'n' ? '\n' : escaped);
        } else {
          value.append(c);
        }
      }
      at++;
      return value.toString();
    }

    private void skipBlanks() {
      while (peek() == ' ' || peek() == '\t') {
        at++;
      }
    }
  }
}
