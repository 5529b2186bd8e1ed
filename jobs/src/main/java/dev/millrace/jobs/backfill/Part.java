package dev.millrace.jobs.backfill;

import java.io.Serializable;
import java.util.Locale;

/**
 * Rows of one file of the input that become one file of the output.
 *
 * @param file which file of the input, from 0
 * @param number which part of it, from 0
 */
record Part(int file, int number) implements Serializable {

  /** What its file is called, without an ending. Names sort as the rows do. */
  String name() {
    return String.format(Locale.ROOT, "part-%05d-%05d", file, number);
  }
}
