package dev.millrace.pipelines.sql;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedCatalogModel;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/** Checks the columns of a {@code CREATE MODEL} against what the model reads and gives. */
final class ColumnCheck {

  private final String model;
  private final List<Column> inputs;
  private final List<Column> outputs;
  private final OnError onError;
  private final String errorColumn;
  private final ModelProblems problems;

  ColumnCheck(
      String model, ResolvedCatalogModel declared, Configuration own, ModelProblems problems) {
    this.model = model;
    this.inputs = columns(declared.getResolvedInputSchema());
    this.outputs = columns(declared.getResolvedOutputSchema());
    this.onError = own.get(ModelOptions.ON_ERROR);
    this.errorColumn = own.get(ModelOptions.ERROR_COLUMN);
    this.problems = problems;
  }

  private static List<Column> columns(ResolvedSchema schema) {
    return schema.getColumns();
  }

  /** How a row of the output is laid out; adds what is wrong to the problems. */
  PredictionLayout layout() {
    if (inputs.size() != 1 || !isString(inputs.get(0))) {
      mismatch("INPUT must be one STRING column.");
    }
    int vectorAt = -1;
    int errorAt = -1;
    boolean doubles = false;
    boolean fits = true;
    for (int i = 0; i < outputs.size(); i++) {
      Column column = outputs.get(i);
      if (onError == OnError.COLUMN && column.getName().equals(errorColumn)) {
        errorAt = i;
        fits &= isString(column) && column.getDataType().getLogicalType().isNullable();
      } else if (vectorAt < 0 && isVector(column)) {
        vectorAt = i;
        doubles = elementOf(column).is(LogicalTypeRoot.DOUBLE);
      } else {
        fits = false;
      }
    }
    if (!fits || vectorAt < 0 || (onError == OnError.COLUMN && errorAt < 0)) {
      mismatch(
          onError == OnError.COLUMN
              ? "OUTPUT must be one ARRAY<FLOAT> or ARRAY<DOUBLE> column and, for 'on-error' ="
                  + " 'column', the column "
                  + errorColumn
                  + " STRING, which may be null."
              : "OUTPUT must be one ARRAY<FLOAT> or ARRAY<DOUBLE> column. A further column, STRING,"
                  + " says why a row has no vector, if you set 'on-error' = 'column'.");
    } else if (onError != OnError.FAIL
        && !outputs.get(vectorAt).getDataType().getLogicalType().isNullable()) {
      mismatch(
          "A row that has no vector has null there, so the column cannot be NOT NULL unless you set"
              + " 'on-error' = 'fail'.");
    }
    return new PredictionLayout(outputs.size(), Math.max(0, vectorAt), doubles, errorAt, onError);
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
            + "' has: INPUT (text STRING) OUTPUT (embedding ARRAY<FLOAT>"
            + (onError == OnError.COLUMN ? ", " + errorColumn + " STRING" : "")
            + ")");
  }

  private static String list(List<Column> columns) {
    return columns.stream()
        .map(
            column ->
                column.getName() + " " + column.getDataType().getLogicalType().asSummaryString())
        .collect(Collectors.joining(", ", "(", ")"));
  }

  private static boolean isString(Column column) {
    return column.getDataType().getLogicalType().is(LogicalTypeFamily.CHARACTER_STRING);
  }

  private static boolean isVector(Column column) {
    return column.getDataType().getLogicalType() instanceof ArrayType array
        && (array.getElementType().is(LogicalTypeRoot.FLOAT)
            || array.getElementType().is(LogicalTypeRoot.DOUBLE));
  }

  private static LogicalType elementOf(Column column) {
    return ((ArrayType) column.getDataType().getLogicalType()).getElementType();
  }
}
