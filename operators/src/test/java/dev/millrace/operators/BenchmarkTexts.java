package dev.millrace.operators;

import java.util.Random;

/** Texts of about the lengths and words of a shop's descriptions, the same ones each time. */
final class BenchmarkTexts {

  private static final String[] WORDS = {
    "SET",
    "OF",
    "RED",
    "HEART",
    "VINTAGE",
    "LUNCH",
    "BAG",
    "RETROSPOT",
    "TEA",
    "LIGHT",
    "HOLDER",
    "METAL",
    "SIGN",
    "CHRISTMAS",
    "JUMBO",
    "POLKADOT",
    "CAKE",
    "CASES",
    "WOODEN",
    "PICTURE",
    "FRAME",
    "GLASS",
    "ZINC",
    "T-LIGHT",
    "DOILEY",
    "BUNTING",
    "PARTY",
    "12",
    "W/",
    "IVORY"
  };

  private BenchmarkTexts() {}

  static String[] make(int count) {
    Random random = new Random(20_250_701);
    String[] texts = new String[count];
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder(Integer.toString(i));
      for (int words = 2 + random.nextInt(5); words > 0; words--) {
        text.append(' ').append(WORDS[random.nextInt(WORDS.length)]);
      }
      texts[i] = text.toString();
    }
    return texts;
  }
}
