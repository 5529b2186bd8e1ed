package dev.millrace.operators;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A text made of columns: {@code {title}. {description}}. A column that is null leaves its place
 * empty; a row in which all of them are null has no text. Braces are written twice. Immutable.
 */
public final class RowTemplate implements Serializable {

  private static final long serialVersionUID = 1L;

  /** A piece between two braces or around them. */
  private record Piece(String text, boolean column) implements Serializable {}

  private final ArrayList<Piece> pieces;

  private RowTemplate(List<Piece> pieces) {
    this.pieces = new ArrayList<>(pieces);
  }

  /** The text of one column. */
  public static RowTemplate ofColumn(String column) {
    return new RowTemplate(List.of(new Piece(column, true)));
  }

  /**
   * Reads a template.
   *
   * @throws IllegalArgumentException if it is none; the message says why, as the end of a sentence
   */
  public static RowTemplate parse(String template) {
    List<Piece> pieces = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < template.length()) {
      char c = template.charAt(at);
      boolean twice = at + 1 < template.length() && template.charAt(at + 1) == c;
      if ((c == '{' || c == '}') && twice) {
        text.append(c);
        at += 2;
      } else if (c == '{') {
        int end = template.indexOf('}', at);
        if (end < 0) {
          throw new IllegalArgumentException("a brace is opened and not closed");
        }
        if (text.length() > 0) {
          pieces.add(new Piece(text.toString(), false));
          text.setLength(0);
        }
        pieces.add(new Piece(template.substring(at + 1, end).strip(), true));
        at = end + 1;
      } else if (c == '}') {
        throw new IllegalArgumentException("a brace is closed and was not opened");
      } else {
        text.append(c);
        at++;
      }
    }
    if (text.length() > 0) {
      pieces.add(new Piece(text.toString(), false));
    }
    if (pieces.stream().noneMatch(Piece::column)) {
      throw new IllegalArgumentException("no column is in it");
    }
    return new RowTemplate(pieces);
  }

  /** The columns in it, in their order. */
  public Set<String> columns() {
    Set<String> columns = new LinkedHashSet<>();
    pieces.stream().filter(Piece::column).forEach(piece -> columns.add(piece.text()));
    return columns;
  }

  /** The one column that is the whole text, or null. */
  public @Nullable String onlyColumn() {
    return pieces.size() == 1 ? pieces.get(0).text() : null;
  }

  /**
   * The text of a row, or null.
   *
   * @param values a column's value as text, by its name; null for none
   */
  public @Nullable String of(Function<String, @Nullable String> values) {
    StringBuilder text = new StringBuilder();
    boolean any = false;
    for (Piece piece : pieces) {
      String value = piece.column() ? values.apply(piece.text()) : piece.text();
      if (value != null) {
        any |= piece.column();
        text.append(value);
      }
    }
    return any ? text.toString() : null;
  }
}
