package dev.millrace.jobs.backfill;

import dev.millrace.accelerator.TextColumns;
import dev.millrace.jobs.cli.Nearest;
import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.condition.Condition;
import dev.millrace.jobs.condition.Literal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** Holds what the user says of columns against those that the input has. */
final class ColumnCheck {

  private final List<Field> columns;
  private final List<String> names;
  private final Configuration values;
  private final Problems problems;

  ColumnCheck(Schema columns, Configuration values, Problems problems) {
    this.columns = columns.getFields();
    this.names = this.columns.stream().map(Field::getName).toList();
    this.values = values;
    this.problems = problems;
  }

  /** What is taken of the input, or null if there is a problem. */
  @Nullable RowSelection selection(TextTemplate template, @Nullable Condition condition) {
    for (String column : template.columns()) {
      exists(
          template.onlyColumn() != null && values.get(BackfillOptions.TEXT) == null
              ? BackfillOptions.TEXT_COLUMN
              : BackfillOptions.TEXT,
          column);
    }
    if (condition != null) {
      Set<String> asked = new LinkedHashSet<>();
      condition.columns(asked);
      asked.forEach(column -> exists(BackfillOptions.WHERE, column));
      if (names.containsAll(asked)) {
        comparable(condition);
      }
    }
    List<String> written = written();
    if (!problems.isEmpty()) {
      return null;
    }
    String vectors = values.get(BackfillOptions.VECTOR_COLUMN);
    if (written.contains(vectors)) {
      problems.add(
          BackfillOptions.VECTOR_COLUMN.key(),
          vectors,
          "the input has a column of that name. Give the vectors another name, or leave that column"
              + " out by --columns.");
    }
    Set<String> travelling = new LinkedHashSet<>(written);
    travelling.addAll(template.columns());
    if (travelling.contains(TextColumns.INPUT_IDS)) {
      problems.add(
          "The input has a column '"
              + TextColumns.INPUT_IDS
              + "', which would be taken for tokens. Leave it out by --columns, or call it"
              + " something else.");
    }
    writable(written, vectors);
    return new RowSelection(new ArrayList<>(written), condition, template);
  }

  private List<String> written() {
    String wanted = values.get(BackfillOptions.COLUMNS);
    if (wanted == null) {
      return new ArrayList<>(names);
    }
    List<String> written = new ArrayList<>();
    // A name that has a comma in it is one that the input has.
    StringBuilder name = new StringBuilder();
    for (String piece : wanted.split(",", -1)) {
      name.append(name.isEmpty() ? "" : ",").append(piece);
      String stripped = name.toString().strip();
      if (names.contains(stripped) || names.stream().noneMatch(n -> n.startsWith(stripped + ","))) {
        if (!stripped.isEmpty() && exists(BackfillOptions.COLUMNS, stripped)) {
          if (written.contains(stripped)) {
            problems.add(
                BackfillOptions.COLUMNS.key(), wanted, "'" + stripped + "' is named twice.");
          }
          written.add(stripped);
        }
        name.setLength(0);
      }
    }
    if (!name.isEmpty()) {
      exists(BackfillOptions.COLUMNS, name.toString().strip());
    }
    return written;
  }

  private boolean exists(ConfigOption<String> option, String column) {
    if (names.contains(column)) {
      return true;
    }
    String near = Nearest.to(column, names).map(name -> " Did you mean '" + name + "'?").orElse("");
    problems.add(
        option.key(),
        values.get(option),
        "the input has no column '"
            + column
            + "'."
            + near
            + " Its columns are "
            + String.join(", ", names)
            + ".");
    return false;
  }

  private void comparable(Condition condition) {
    if (condition instanceof Condition.And both) {
      comparable(both.left());
      comparable(both.right());
    } else if (condition instanceof Condition.Or either) {
      comparable(either.left());
      comparable(either.right());
    } else if (condition instanceof Condition.Not not) {
      comparable(not.of());
    } else if (condition instanceof Condition.Compare compare) {
      comparable(compare.column(), compare.value());
    } else if (condition instanceof Condition.In in) {
      in.values().forEach(value -> comparable(in.column(), value));
    }
  }

  private void comparable(String column, Literal value) {
    String refusal = value.refusal(columns.get(names.indexOf(column)));
    if (refusal != null) {
      problems.add(
          BackfillOptions.WHERE.key(),
          values.get(BackfillOptions.WHERE),
          "the column '" + column + "' " + refusal + ". Compare it with a value of its own type.");
    }
  }

  private void writable(List<String> written, String vectors) {
    List<Field> fields = new ArrayList<>();
    written.forEach(name -> fields.add(columns.get(names.indexOf(name))));
    fields.add(
        new Field(
            vectors,
            FieldType.nullable(new ArrowType.FixedSizeList(1)),
            List.of(
                new Field(
                    "item",
                    FieldType.notNullable(
                        new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)),
                    List.of()))));
    VectorFormat format = values.get(BackfillOptions.OUTPUT_FORMAT);
    try {
      format.output().check(new Schema(fields));
    } catch (IOException unfit) {
      problems.add(BackfillOptions.OUTPUT_FORMAT.key(), format, unfit.getMessage() + ".");
    }
  }
}
