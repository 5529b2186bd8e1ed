package dev.millrace.pipelines.sql;

import dev.millrace.operators.InferenceTask;
import dev.millrace.pipelines.sql.PredictionLayout.Cell;
import dev.millrace.pipelines.sql.PredictionLayout.Part;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedCatalogModel;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.jspecify.annotations.Nullable;

/**
 * Checks the columns of a {@code CREATE MODEL} against what a model reads and gives that makes
 * numbers of texts.
 */
final class ColumnCheck {

  private final String model;
  private final InferenceTask task;
  private final List<Column> inputs;
  private final List<Column> outputs;
  private final OnError onError;
  private final String errorColumn;
  private final ModelProblems problems;

  ColumnCheck(
      String model,
      InferenceTask task,
      ResolvedCatalogModel declared,
      Configuration own,
      ModelProblems problems) {
    this.model = model;
    this.task = task;
    this.inputs = declared.getResolvedInputSchema().getColumns();
    this.outputs = declared.getResolvedOutputSchema().getColumns();
    this.onError = own.get(ModelOptions.ON_ERROR);
    this.errorColumn = own.get(ModelOptions.ERROR_COLUMN);
    this.problems = problems;
  }

  /** How a row of the output is laid out; adds what is wrong to the problems. */
  List<Cell> cells() {
    int texts = task.readsPairs() ? 2 : 1;
    if (inputs.size() != texts || !inputs.stream().allMatch(column -> isString(type(column)))) {
      mismatch("INPUT must be " + (texts == 1 ? "one STRING column." : "two STRING columns."));
    }
    List<Cell> cells = new ArrayList<>();
    Set<Part> seen = EnumSet.noneOf(Part.class);
    boolean fits = true;
    for (Column column : outputs) {
      Cell cell = cell(column);
      fits &= cell != null && seen.add(cell.part());
      if (cell != null) {
        cells.add(cell);
      }
    }
    boolean saysWhy = seen.contains(Part.ERROR);
    fits &= seen.size() > (saysWhy ? 1 : 0) && saysWhy == (onError == OnError.COLUMN);
    if (!fits) {
      mismatch(
          "OUTPUT must be "
              + wanted()
              + (onError == OnError.COLUMN
                  ? " and, for 'on-error' = 'column', the column "
                      + errorColumn
                      + " STRING, which may be null."
                  : ". A further column, STRING, says why a row has no answer, if you set"
                      + " 'on-error' = 'column'."));
    } else if (onError != OnError.FAIL
        && outputs.stream().anyMatch(column -> !type(column).isNullable())) {
      mismatch(
          "A row that has no answer has null in each column of OUTPUT, and one that has an answer"
              + " in that of the error, so none can be NOT NULL unless you set 'on-error' ="
              + " 'fail'.");
    }
    return cells;
  }

  /** What a column can hold; null if nothing that this task gives. */
  private @Nullable Cell cell(Column column) {
    LogicalType type = type(column);
    if (onError == OnError.COLUMN && column.getName().equals(errorColumn)) {
      return isString(type) ? new Cell(Part.ERROR, false) : null;
    }
    if (task == InferenceTask.TOKEN_CLASSIFICATION) {
      return SpanLayout.holds(type) ? new Cell(Part.SPANS, false) : null;
    }
    boolean classifies = task == InferenceTask.CLASSIFICATION;
    if (type instanceof ArrayType array
        && isNumber(array.getElementType())
        && task != InferenceTask.RERANKING) {
      return new Cell(Part.NUMBERS, isDouble(array.getElementType()));
    }
    if (isNumber(type) && task != InferenceTask.EMBEDDING) {
      return new Cell(Part.SCORE, isDouble(type));
    }
    if (isString(type) && classifies) {
      return new Cell(Part.LABEL, false);
    }
    if (type instanceof MapType map
        && isString(map.getKeyType())
        && isNumber(map.getValueType())
        && classifies) {
      return new Cell(Part.SCORES_BY_LABEL, isDouble(map.getValueType()));
    }
    return null;
  }

  private String wanted() {
    return switch (task) {
      case EMBEDDING -> "one ARRAY<FLOAT> or ARRAY<DOUBLE> column";
      case CLASSIFICATION ->
          "one or several of a STRING column, which gets the label with the highest score, a FLOAT"
              + " or DOUBLE column, which gets that score, a MAP<STRING, FLOAT> or MAP<STRING,"
              + " DOUBLE> column, which gets each label's score, and an ARRAY<FLOAT> or"
              + " ARRAY<DOUBLE> column, which gets all scores in the order of the labels";
      case TOKEN_CLASSIFICATION ->
          "one column "
              + SpanLayout.SIGNATURE
              + ", whose fields may be fewer and in another order, score DOUBLE, start and end"
              + " BIGINT";
      case RERANKING -> "one FLOAT or DOUBLE column";
      case GENERATION, RAW -> throw notHere();
    };
  }

  private String signature() {
    return switch (task) {
      case EMBEDDING -> "INPUT (text STRING) OUTPUT (embedding ARRAY<FLOAT>";
      case CLASSIFICATION -> "INPUT (text STRING) OUTPUT (label STRING, score FLOAT";
      case TOKEN_CLASSIFICATION -> "INPUT (text STRING) OUTPUT (spans " + SpanLayout.SIGNATURE;
      case RERANKING -> "INPUT (query STRING, document STRING) OUTPUT (score FLOAT";
      case GENERATION, RAW -> throw notHere();
    };
  }

  private static IllegalStateException notHere() {
    return new IllegalStateException("GenerationColumns and RawColumns check these.");
  }

  private void mismatch(String wrong) {
    problems.add(
        wrong
            + "\ndeclared:                INPUT "
            + list(inputs)
            + " OUTPUT "
            + list(outputs)
            + "\nthe model '"
            + model
            + "' has: "
            + signature()
            + (onError == OnError.COLUMN ? ", " + errorColumn + " STRING" : "")
            + ")");
  }

  static String list(List<Column> columns) {
    return columns.stream()
        .map(column -> column.getName() + " " + type(column).asSummaryString())
        .collect(Collectors.joining(", ", "(", ")"));
  }

  private static LogicalType type(Column column) {
    return column.getDataType().getLogicalType();
  }

  static boolean isString(LogicalType type) {
    return type.is(LogicalTypeFamily.CHARACTER_STRING);
  }

  static boolean isNumber(LogicalType type) {
    return type.is(LogicalTypeRoot.FLOAT) || isDouble(type);
  }

  static boolean isDouble(LogicalType type) {
    return type.is(LogicalTypeRoot.DOUBLE);
  }
}
