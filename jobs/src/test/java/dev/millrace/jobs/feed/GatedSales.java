package dev.millrace.jobs.feed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Random;

/**
 * A file of sales of which a job gets as many rows as a test hands out. A quarter of the rows
 * brings an item that was not there before, whose text has to be embedded.
 */
final class GatedSales {

  /** As many as the source hands on at once. */
  private static final int PORTION = 256;

  private static final int MOST_PORTIONS = 400;
  private static final int PEOPLE = 40;
  private static final Instant BEGINNING = Instant.parse("2025-02-01T10:00:00Z");
  private static final String[] ADJECTIVES = {
    "red", "blue", "striped", "vintage", "wooden", "tiny", "large", "painted", "folding", "silver"
  };
  private static final String[] THINGS = {
    "mug",
    "garden fork",
    "wool scarf",
    "yoga mat",
    "lantern",
    "tea towel",
    "clock",
    "lunch box",
    "picture frame",
    "doormat",
    "umbrella",
    "candle"
  };

  private final Path file;
  private final long[] ends = new long[MOST_PORTIONS];
  private int portions;

  private GatedSales(Path file) {
    this.file = file;
  }

  /** Writes the file, and hands out the first rows. */
  static GatedSales write(Path file, long seed) throws IOException {
    GatedSales sales = new GatedSales(file);
    StringBuilder rows = new StringBuilder("user,item,text,basket,quantity,time\n");
    Random random = new Random(seed);
    int items = 0;
    for (int portion = 0; portion < MOST_PORTIONS; portion++) {
      for (int i = 0; i < PORTION; i++) {
        int row = portion * PORTION + i;
        int item = row % 4 == 0 ? items++ : random.nextInt(items);
        rows.append('p').append(random.nextInt(PEOPLE)).append(",s").append(item).append(',');
        rows.append(text(item)).append(",b").append(row).append(",1,");
        rows.append(BEGINNING.plusSeconds(60L * row)).append('\n');
      }
      // All of it is one byte a character.
      sales.ends[portion] = rows.length();
    }
    Files.writeString(file, rows, StandardCharsets.US_ASCII);
    sales.handOutMore();
    return sales;
  }

  private static String text(int item) {
    int first = item % ADJECTIVES.length;
    int second = item / ADJECTIVES.length % ADJECTIVES.length;
    int thing = item / (ADJECTIVES.length * ADJECTIVES.length) % THINGS.length;
    int number = item / (ADJECTIVES.length * ADJECTIVES.length * THINGS.length);
    return ADJECTIVES[first]
        + " and "
        + ADJECTIVES[second]
        + " "
        + THINGS[thing]
        + (number == 0 ? "" : " no " + number);
  }

  /** What to give a command that reads it. */
  String url() {
    return GatedFiles.SCHEME + ":" + file;
  }

  void handOutMore() {
    if (portions == MOST_PORTIONS) {
      throw new AssertionError("All " + rows() + " rows are handed out. Have more written.");
    }
    GatedFiles.open(ends[portions++]);
  }

  /** There are no more rows than those that were handed out, now and when it is read again. */
  void end() {
    GatedFiles.end();
  }

  int rows() {
    return portions * PORTION;
  }
}
