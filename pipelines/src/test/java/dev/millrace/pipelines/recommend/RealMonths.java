package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Interaction;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** The real purchases of nine months, where they lie beside the checkout. */
final class RealMonths {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  private RealMonths() {}

  /** Rows with a person, an item, a text and a positive quantity, in the order of the files. */
  static List<Interaction> interactions(Path folder) throws IOException {
    List<Interaction> rows = new ArrayList<>();
    List<Path> months;
    try (Stream<Path> files = Files.list(folder)) {
      months = files.filter(file -> file.toString().endsWith(".csv.gz")).sorted().toList();
    }
    for (Path month : months) {
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(
                  new GZIPInputStream(Files.newInputStream(month)), StandardCharsets.UTF_8))) {
        lines.readLine();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          List<String> cells = cells(line);
          double quantity = Double.parseDouble(cells.get(3));
          if (!cells.get(6).isBlank()
              && !cells.get(1).isBlank()
              && !cells.get(2).isBlank()
              && quantity > 0) {
            rows.add(
                new Interaction(
                    cells.get(6),
                    cells.get(1),
                    LocalDateTime.parse(cells.get(4), TIME).toInstant(ZoneOffset.UTC),
                    cells.get(0),
                    quantity,
                    cells.get(2)));
          }
        }
      }
    }
    return rows;
  }

  /** One record a line, quoted where need be: so are these files. */
  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
          cell.append('"');
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (c == ',' && !quoted) {
        cells.add(cell.toString());
        cell.setLength(0);
      } else {
        cell.append(c);
      }
    }
    cells.add(cell.toString());
    return cells;
  }
}
