package dev.millrace.pipelines.sql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.accelerator.generation.GeneratedAnswer;
import java.io.Serializable;
import java.util.List;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.jspecify.annotations.Nullable;

/**
 * How a row of a generator's output is laid out.
 *
 * @param cells its columns, in their order
 * @param onError what becomes of a row that has no answer
 */
record AnswerLayout(List<Cell> cells, OnError onError) implements Serializable {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** What a column holds. */
  enum Part {
    /** The whole answer. */
    ANSWER,
    /** A property of an answer that is a JSON object. */
    PROPERTY,
    /** Why the answer ends. */
    FINISH_REASON,
    /** Tokens of the prompt. */
    PROMPT_TOKENS,
    /** Tokens of the answer. */
    ANSWER_TOKENS,
    /** Milliseconds to the first token. */
    FIRST_TOKEN_MILLIS,
    /** Why there is no answer. */
    ERROR
  }

  /**
   * A column.
   *
   * @param name which property it is, for {@link Part#PROPERTY}
   */
  record Cell(Part part, String name, LogicalType type) implements Serializable {}

  AnswerLayout {
    cells = List.copyOf(cells);
  }

  /**
   * The row of an answer.
   *
   * @throws UnfitAnswerException if columns are its properties, and it is not what they need
   */
  RowData row(GeneratedAnswer answer) throws UnfitAnswerException {
    JsonNode object =
        cells.stream().anyMatch(cell -> cell.part() == Part.PROPERTY) ? read(answer) : null;
    GenericRowData row = new GenericRowData(cells.size());
    for (int i = 0; i < cells.size(); i++) {
      row.setField(i, value(cells.get(i), answer, object));
    }
    return row;
  }

  private static JsonNode read(GeneratedAnswer answer) throws UnfitAnswerException {
    try {
      JsonNode read = JSON.readTree(answer.text());
      if (read.isObject()) {
        return read;
      }
    } catch (JsonProcessingException malformed) {
      // Told below, as JSON that is no object is.
    }
    throw new UnfitAnswerException(
        "The answer is no JSON object"
            + ("length".equals(answer.finishReason())
                ? ": it was cut short at the most tokens that it may have. Allow more with"
                    + " 'max-tokens'."
                : ". Does the server know 'json-schema'?"));
  }

  private static @Nullable Object value(
      Cell cell, GeneratedAnswer answer, @Nullable JsonNode object) throws UnfitAnswerException {
    return switch (cell.part()) {
      case ANSWER -> StringData.fromString(answer.text());
      case PROPERTY ->
          object == null
              ? null
              : JsonCell.value(cell.name(), object.path(cell.name()), cell.type());
      case FINISH_REASON ->
          answer.finishReason() == null ? null : StringData.fromString(answer.finishReason());
      case PROMPT_TOKENS -> number(answer.promptTokens(), cell.type());
      case ANSWER_TOKENS -> number(answer.answerTokens(), cell.type());
      case FIRST_TOKEN_MILLIS ->
          answer.firstTokenNanos() == null ? null : answer.firstTokenNanos() / 1e6;
      case ERROR -> null;
    };
  }

  private static @Nullable Object number(@Nullable Integer count, LogicalType type) {
    if (count != null && type.is(LogicalTypeRoot.BIGINT)) {
      return count.longValue();
    }
    return count;
  }

  /** For {@link OnError#NULL} and {@link OnError#COLUMN}. */
  RowData noAnswer(String reason) {
    GenericRowData row = new GenericRowData(cells.size());
    for (int i = 0; i < cells.size(); i++) {
      if (cells.get(i).part() == Part.ERROR) {
        row.setField(i, StringData.fromString(reason));
      }
    }
    return row;
  }
}
