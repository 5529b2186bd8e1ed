package dev.millrace.jobs.input;

import org.jspecify.annotations.Nullable;

/** A line of a file as it lies there. Its arrays are not copied; nobody writes into them. */
final class Line {

  private final long number;
  private final byte[] content;
  private final byte[] lineBreak;
  private final @Nullable String trouble;

  Line(long number, byte[] content, byte[] lineBreak, @Nullable String trouble) {
    this.number = number;
    this.content = content;
    this.lineBreak = lineBreak;
    this.trouble = trouble;
  }

  /** Which, from 1. */
  long number() {
    return number;
  }

  /** Its bytes without the line break. */
  byte[] content() {
    return content;
  }

  /** The bytes of its line break; none for the last line of a file that ends without one. */
  byte[] lineBreak() {
    return lineBreak;
  }

  /** Why it is no line as it should be, or null: it is too long, or the file broke off in it. */
  @Nullable String trouble() {
    return trouble;
  }
}
