package dev.millrace.operators;

import java.util.Random;

/** Makes texts that are hard to tokenise, the same one from the same seed. */
final class TextGenerator {

  private static final int[] MARKS = {
    0x300, 0x301, 0x316, 0x327, 0x334, 0x345, 0x35C, 0x5B0, 0x64B, 0x901, 0x93C, 0x94D, 0xE48,
    0xF71, 0xF72, 0x1B44, 0x302A, 0x302E, 0x3099, 0xA953, 0x111C0, 0x1D165, 0x1D16D, 0x1D16E,
    0x1E000, 0x1E944, 0x1E94A, 0x8D4, 0x1DFB, 0x1DF6, 0x20D0, 0x20DD, 0x200D, 0xFE0F
  };
  private static final String[] WORDS = {
    "the", "Embedding", "HOLDER", "tokenization", "unaffable", "Straße", "naïve", "ΣΊΣΥΦΟΣ",
    "İstanbul", "ǅ", "résumé", "1,234.50", "don't", "e-mail", "##ing",
        "antidisestablishmentarianism"
  };
  private static final String[] TOKENS = {
    "[SEP]", "[CLS]", "[MASK]", "[UNK]", "[PAD]", "[sep]", "[SEP", "[[SEP]]", "[MASK][MASK]"
  };

  private TextGenerator() {}

  static String text(long seed) {
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
    StringBuilder text = new StringBuilder();
    boolean halves = random.nextInt(16) == 0;
    for (int pieces = random.nextInt(14); pieces > 0; pieces--) {
      piece(random, halves, text);
      if (random.nextInt(3) == 0) {
        text.append(' ');
      }
    }
    return text.toString();
  }

  private static void piece(Random random, boolean halves, StringBuilder text) {
    switch (random.nextInt(15)) {
      case 0, 1 -> text.append(WORDS[random.nextInt(WORDS.length)]);
      case 2 -> text.append(TOKENS[random.nextInt(TOKENS.length)]);
      case 3, 4 -> many(random, text, 0x20, 0x7E);
      case 5 -> many(random, text, 0xA0, 0x24F);
      case 6 -> many(random, text, 0x4E00, 0x9FFF);
      case 7 -> many(random, text, 0xAC00, 0xD7A3);
      case 8 -> many(random, text, 0x1F300, 0x1FAFF);
      case 9 -> text.append((char) random.nextInt(0xA1));
      case 10 -> many(random, text, 0xE000, 0xFFFF);
      case 11 -> {
        for (int count = random.nextInt(6); count >= 0; count--) {
          text.appendCodePoint(MARKS[random.nextInt(MARKS.length)]);
        }
      }
      case 12 -> {
        // A stretch of 16 neighbours: whatever block they are of.
        int first = random.nextInt(random.nextInt(4) == 0 ? 0x110000 : 0x20000) & ~15;
        many(random, text, first, first + 15);
      }
      case 13 -> {
        if (halves) {
          text.append((char) (0xD800 + random.nextInt(0x800)));
        } else if (random.nextInt(8) == 0) {
          text.append("abé".repeat(20 + random.nextInt(60)));
        }
      }
      default -> many(random, text, 0x370, 0x1FFF);
    }
  }

  private static void many(Random random, StringBuilder text, int first, int last) {
    for (int count = random.nextInt(8); count >= 0; count--) {
      int point = first + random.nextInt(last - first + 1);
      if (point < 0xD800 || point > 0xDFFF) {
        text.appendCodePoint(point);
      }
    }
  }
}
