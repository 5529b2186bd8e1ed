package dev.millrace.operators;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Unicode as Hugging Face's library knows it, read from {@code bert-unicode.txt}. It is of several
 * releases and of none that Java knows, and so does not change with the Java that runs it.
 */
final class BertUnicode {

  private final Map<String, BitSet> classes = new HashMap<>();
  private final Map<Integer, Integer> lowerCase = new HashMap<>();
  private final byte[] order = new byte[Character.MAX_CODE_POINT + 1];

  private BertUnicode() {}

  static BertUnicode read() {
    BertUnicode unicode = new BertUnicode();
    try (InputStream bytes =
            Objects.requireNonNull(
                BertUnicode.class.getResourceAsStream("bert-unicode.txt"), "bert-unicode.txt");
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8))) {
      lines
          .lines()
          .filter(line -> line.contains(":") && line.charAt(0) != '#')
          .forEach(unicode::add);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return unicode;
  }

  private void add(String line) {
    int colon = line.indexOf(':');
    String name = line.substring(0, colon);
    for (String range : line.substring(colon + 2).split(" ", -1)) {
      String[] target = range.split(">", -1);
      String[] ends = target[0].split("-", -1);
      int first = Integer.parseInt(ends[0], 16);
      int last = Integer.parseInt(ends[ends.length - 1], 16);
      if (target.length == 2) {
        int lower = Integer.parseInt(target[1], 16);
        for (int point = first; point <= last; point++) {
          lowerCase.put(point, lower + point - first);
        }
      } else if (name.startsWith("order-")) {
        byte value = (byte) Integer.parseInt(name.substring("order-".length()));
        Arrays.fill(order, first, last + 1, value);
      } else {
        classes.computeIfAbsent(name, unused -> new BitSet()).set(first, last + 1);
      }
    }
  }

  private boolean is(String name, int point) {
    return Objects.requireNonNull(classes.get(name), name).get(point);
  }

  boolean isRemoved(int point) {
    return is("removed", point);
  }

  boolean isWhitespace(int point) {
    return is("whitespace", point);
  }

  boolean isPunctuation(int point) {
    return is("punctuation", point);
  }

  boolean isChinese(int point) {
    return is("chinese", point);
  }

  boolean isAccent(int point) {
    return is("accent", point) || isAccentStarter(point);
  }

  /** Whether it is an accent over which no other one is moved. */
  boolean isAccentStarter(int point) {
    return is("accent-starter", point);
  }

  /** The combining class of a mark that is no accent, 0 to 255. */
  int order(int point) {
    return Byte.toUnsignedInt(order[point]);
  }

  int[] decompose(int point) {
    if (is("whole", point)) {
      return new int[] {point};
    }
    return Normalizer.normalize(Character.toString(point), Normalizer.Form.NFD)
        .codePoints()
        .toArray();
  }

  int[] lowerCase(int point) {
    if (point == 'İ') {
      return new int[] {'i', 0x307};
    }
    Integer lower = lowerCase.get(point);
    return new int[] {lower == null ? Character.toLowerCase(point) : lower};
  }
}
