package dev.millrace.jobs.backfill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a back-fill did, over all its runs, and this one. Its names and their order are what users'
 * scripts read.
 *
 * @param total what became of the rows of all parts that are done
 * @param earlier those of them that earlier runs did
 * @param rows how many rows the input has
 * @param files how many files the output has
 * @param textsEmbedded texts that the model answered in this run
 * @param repeatedTexts rows of this run whose text had been answered
 * @param tokens the texts' tokens, without padding
 * @param paddedTokens the tokens that the model worked on
 * @param seconds how long this run took
 */
record BackfillReport(
    PartDone total,
    PartDone earlier,
    long rows,
    long files,
    long textsEmbedded,
    long repeatedTexts,
    long tokens,
    long paddedTokens,
    double seconds) {

  boolean complete() {
    return total.rowsRead() == rows;
  }

  private double rowsPerSecond() {
    return seconds > 0 ? (total.rowsRead() - earlier.rowsRead()) / seconds : 0;
  }

  private double paddingRatio() {
    return tokens > 0 ? (double) paddedTokens / tokens - 1 : 0;
  }

  /** The fields, in order. */
  private Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("complete", complete());
    fields.put("rows", rows);
    fields.put("rows_read", total.rowsRead());
    fields.put("rows_left_out", total.rowsLeftOut());
    fields.put("rows_unreadable", total.rowsUnreadable());
    fields.put("rows_written", total.rowsWritten());
    fields.put("rows_without_vector", total.rowsWithoutVector());
    fields.put("dead_letters", total.deadLetters());
    fields.put("files", files);
    fields.put("rows_done_before", earlier.rowsRead());
    fields.put("texts_embedded", textsEmbedded);
    fields.put("repeated_texts", repeatedTexts);
    fields.put("tokens", tokens);
    fields.put("padding_ratio", round(paddingRatio(), 4));
    fields.put("rows_per_second", round(rowsPerSecond(), 1));
    fields.put("seconds", round(seconds, 3));
    return fields;
  }

  /** JSON, indented, with a line break at the end. */
  String toJson() {
    try {
      return new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(fields())
          + System.lineSeparator();
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("Numbers and names cannot fail to be JSON.", impossible);
    }
  }

  /** The figures in words. */
  List<String> summary() {
    List<String> lines = new ArrayList<>();
    lines.add(
        line(
            "rows",
            "%,d read = %,d written + %,d left out + %,d unreadable",
            total.rowsRead(),
            total.rowsWritten(),
            total.rowsLeftOut(),
            total.rowsUnreadable()));
    if (earlier.rowsRead() > 0) {
      lines.add(line("", "%,d of them by earlier runs", earlier.rowsRead()));
    }
    lines.add(
        line(
            "vectors",
            "%,d; %,d rows have none",
            total.rowsWritten() - total.rowsWithoutVector(),
            total.rowsWithoutVector()));
    lines.add(line("dead letters", "%,d", total.deadLetters()));
    lines.add(
        line(
            "model",
            "%,d texts embedded, %,d rows repeated one, padding %.2f",
            textsEmbedded,
            repeatedTexts,
            paddingRatio()));
    lines.add(line("time", "%.1f s, %,.0f rows/s", seconds, rowsPerSecond()));
    return lines;
  }

  private static String line(String name, String format, Object... values) {
    return String.format(Locale.ENGLISH, "  %-14s", name)
        + String.format(Locale.ENGLISH, format, values);
  }

  private static double round(double value, int digits) {
    double scale = Math.pow(10, digits);
    return Math.round(value * scale) / scale;
  }
}
