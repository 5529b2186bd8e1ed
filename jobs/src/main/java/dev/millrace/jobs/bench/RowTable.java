package dev.millrace.jobs.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The rows, for people and for scripts. */
final class RowTable {

  private static final List<String> HEAD =
      List.of("row", "ours", "spread", "against", "theirs", "ratio", "required", "met");

  private RowTable() {}

  /** Lines of a table with aligned columns; under each row's name stands what it is. */
  static List<String> lines(List<Row> rows) {
    List<List<String>> cells = new ArrayList<>();
    cells.add(HEAD);
    rows.forEach(row -> cells.add(cells(row)));
    int[] widths = new int[HEAD.size()];
    for (List<String> line : cells) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> line : cells) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String pad = " ".repeat(widths[i] - line.get(i).length());
        boolean right = i == 1 || i == 2 || i == 4 || i == 5;
        text.append(i == 0 ? "" : "  ").append(right ? pad + line.get(i) : line.get(i) + pad);
      }
      lines.add(text.toString().stripTrailing());
    }
    return lines;
  }

  /** What each row is and why some are missing. */
  static List<String> legend(List<Row> rows) {
    int width = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
    return rows.stream()
        .map(
            row ->
                String.format(Locale.ENGLISH, "%-" + Math.max(1, width) + "s  ", row.name())
                    + row.what()
                    + (row.trouble() == null ? "" : " NOT MEASURED: " + row.trouble()))
        .toList();
  }

  private static List<String> cells(Row row) {
    Row.Reference reference = row.reference();
    Samples samples = row.samples();
    Double ratio = row.ratio();
    return List.of(
        row.name(),
        samples == null ? "not measured" : number(row.median()) + " " + row.unit(),
        samples == null ? "" : Math.round(samples.spread() * 100) + "%",
        reference == null ? "" : reference.name(),
        reference == null ? "" : number(reference.samples().median()),
        ratio == null ? "" : number(ratio),
        row.requirement().toString(),
        row.requirement().kind() == Requirement.Kind.NONE && samples != null
            ? "-"
            : row.met() ? "yes" : "NO");
  }

  private static String number(@Nullable Double value) {
    if (value == null) {
      return "";
    }
    double size = Math.abs(value);
    String form = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.4f";
    return String.format(Locale.ENGLISH, form, value);
  }

  /** A JSON list with an object for each row, indented, with a line break at the end. */
  static String json(List<Row> rows) {
    try {
      return new ObjectMapper()
              .writerWithDefaultPrettyPrinter()
              .writeValueAsString(rows.stream().map(Row::fields).toList())
          + System.lineSeparator();
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("Numbers and names cannot fail to be JSON.", impossible);
    }
  }
}
