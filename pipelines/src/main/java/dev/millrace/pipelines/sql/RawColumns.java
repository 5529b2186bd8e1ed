package dev.millrace.pipelines.sql;

import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.pipelines.sql.RawLayout.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedCatalogModel;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;

/** Checks the columns of a {@code CREATE MODEL} against the tensors of a model, by their names. */
final class RawColumns {

  private final String model;
  private final Signature signature;
  private final List<Column> inputs;
  private final List<Column> outputs;
  private final OnError onError;
  private final String errorColumn;
  private final ModelProblems problems;
  private final List<String> mismatches = new ArrayList<>();

  RawColumns(
      String model,
      Signature signature,
      ResolvedCatalogModel declared,
      Configuration own,
      ModelProblems problems) {
    this.model = model;
    this.signature = signature;
    this.inputs = declared.getResolvedInputSchema().getColumns();
    this.outputs = declared.getResolvedOutputSchema().getColumns();
    this.onError = own.get(ModelOptions.ON_ERROR);
    this.errorColumn = own.get(ModelOptions.ERROR_COLUMN);
    this.problems = problems;
  }

  /** How rows and tensors are each other's columns; adds what is wrong to the problems. */
  RawLayout layout() {
    List<Cell> from = new ArrayList<>();
    for (Column column : inputs) {
      from.add(cell(column, signature.inputs(), "INPUT", "input"));
    }
    for (TensorSpec input : signature.inputs()) {
      if (inputs.stream().noneMatch(column -> column.getName().equals(input.name()))) {
        mismatches.add("INPUT has no column '" + input.name() + "', which the model reads.");
      }
    }
    List<Cell> to = new ArrayList<>();
    boolean saysWhy = false;
    for (Column column : outputs) {
      if (onError == OnError.COLUMN && column.getName().equals(errorColumn)) {
        saysWhy = true;
        to.add(new Cell(errorColumn, null, 0));
        if (!type(column).is(LogicalTypeFamily.CHARACTER_STRING)) {
          mismatches.add("The column " + errorColumn + " must be STRING.");
        }
      } else {
        to.add(cell(column, signature.outputs(), "OUTPUT", "output"));
      }
    }
    if (saysWhy != (onError == OnError.COLUMN)) {
      mismatches.add(
          "'on-error' = 'column' needs the column " + errorColumn + " STRING in OUTPUT.");
    }
    if (to.size() == (saysWhy ? 1 : 0)) {
      mismatches.add("OUTPUT must have a column for at least one output of the model.");
    }
    if (onError != OnError.FAIL
        && outputs.stream().anyMatch(column -> !type(column).isNullable())) {
      mismatches.add(
          "A row that has no answer has null in OUTPUT, so no column can be NOT NULL unless you"
              + " set 'on-error' = 'fail'.");
    }
    if (!mismatches.isEmpty()) {
      problems.add(String.join("\n", mismatches) + both());
    }
    return new RawLayout(from, to, onError);
  }

  private Cell cell(Column column, List<TensorSpec> tensors, String side, String what) {
    Cell none = new Cell(column.getName(), null, 0);
    TensorSpec tensor =
        tensors.stream()
            .filter(one -> one.name().equals(column.getName()))
            .findFirst()
            .orElse(null);
    if (tensor == null) {
      mismatches.add(
          "The column "
              + column.getName()
              + " of "
              + side
              + " is no "
              + what
              + " of the model. Columns have the names of its tensors, in backticks where SQL needs"
              + " that.");
      return none;
    }
    int depth = 0;
    LogicalType element = type(column);
    while (element instanceof ArrayType array) {
      element = array.getElementType();
      depth++;
    }
    int rank = tensor.shape().size() - 1;
    boolean single = depth == 0 && rank == 1 && tensor.shape().get(1) == 1;
    if (!holds(element, tensor.type()) || (depth != rank && !single)) {
      mismatches.add(
          "The column "
              + column.getName()
              + " of "
              + side
              + " is "
              + type(column).asSummaryString()
              + ", and the tensor "
              + tensor
              + " is "
              + sql(tensor)
              + ": declare it so, and cast in the query.");
      return none;
    }
    return new Cell(tensor.name(), tensor.type(), depth);
  }

  private static boolean holds(LogicalType type, ElementType element) {
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> element == ElementType.BOOL;
      case TINYINT -> element == ElementType.INT8;
      case SMALLINT -> element == ElementType.INT16 || element == ElementType.UINT8;
      case INTEGER -> element == ElementType.INT32;
      case BIGINT -> element == ElementType.INT64;
      case FLOAT -> element == ElementType.FLOAT32;
      case DOUBLE -> element == ElementType.FLOAT64;
      case CHAR, VARCHAR -> element == ElementType.UTF8;
      default -> false;
    };
  }

  private static String sql(TensorSpec tensor) {
    int depth = tensor.shape().size() - 1;
    return "ARRAY<".repeat(depth) + element(tensor.type()) + ">".repeat(depth);
  }

  private static String element(ElementType type) {
    return switch (type) {
      case BOOL -> "BOOLEAN";
      case INT8 -> "TINYINT";
      case UINT8, INT16 -> "SMALLINT";
      case INT32 -> "INT";
      case INT64 -> "BIGINT";
      case FLOAT32, FLOAT16 -> "FLOAT";
      case FLOAT64 -> "DOUBLE";
      case UTF8 -> "STRING";
    };
  }

  private String both() {
    return "\ndeclared:                INPUT "
        + ColumnCheck.list(inputs)
        + " OUTPUT "
        + ColumnCheck.list(outputs)
        + "\nthe model '"
        + model
        + "' has: INPUT "
        + columns(signature.inputs())
        + " OUTPUT "
        + columns(signature.outputs())
        + "\nits tensors:             "
        + signature.inputs()
        + " to "
        + signature.outputs();
  }

  private static String columns(List<TensorSpec> tensors) {
    return tensors.stream()
        .map(tensor -> tensor.name() + " " + sql(tensor))
        .collect(Collectors.joining(", ", "(", ")"));
  }

  private static LogicalType type(Column column) {
    return column.getDataType().getLogicalType();
  }
}
