package dev.millrace.jobs.input;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Takes a record of RFC 4180 apart, line by line, since a quoted field may hold line breaks. A
 * quote inside a field that does not begin with one is a character like any other.
 *
 * <p>It works on bytes: in UTF-8 no byte of another character is a comma or a quote. Malformed
 * bytes become replacement characters.
 */
final class CsvFields {

  /** How a line left the record. */
  enum State {
    /** The record is complete. */
    COMPLETE,
    /** A quoted field goes on in the next line. */
    OPEN,
    /** After a closing quote came neither a comma nor the end of the line. */
    BROKEN
  }

  private final List<String> fields = new ArrayList<>();
  private byte[] field = new byte[256];
  private int length;
  private boolean open;

  /** Begins a new record with its first line. */
  State begin(byte[] line) {
    fields.clear();
    length = 0;
    open = false;
    return scan(line);
  }

  /** Goes on with an open record. */
  State resume(byte[] lineBreakBefore, byte[] line) {
    for (byte b : lineBreakBefore) {
      append(b);
    }
    return scan(line);
  }

  /** The fields of a complete record. */
  List<String> fields() {
    return fields;
  }

  private State scan(byte[] line) {
    int at = 0;
    while (true) {
      if (!open && at < line.length && line[at] == '"') {
        open = true;
        at++;
      }
      if (open) {
        at = scanQuoted(line, at);
        if (open) {
          return State.OPEN;
        }
        if (at < line.length && line[at] != ',') {
          return State.BROKEN;
        }
      } else {
        while (at < line.length && line[at] != ',') {
          append(line[at++]);
        }
      }
      fields.add(new String(field, 0, length, StandardCharsets.UTF_8));
      length = 0;
      if (at >= line.length) {
        return State.COMPLETE;
      }
      at++; // the comma
    }
  }

  /** Up to the closing quote or the end of the line; answers where it came to. */
  private int scanQuoted(byte[] line, int from) {
    int at = from;
    while (at < line.length) {
      byte b = line[at++];
      if (b != '"') {
        append(b);
      } else if (at < line.length && line[at] == '"') {
        append(b);
        at++;
      } else {
        open = false;
        return at;
      }
    }
    return at;
  }

  private void append(byte b) {
    if (length == field.length) {
      field = Arrays.copyOf(field, length * 2);
    }
    field[length++] = b;
  }
}
