package dev.millrace.pipelines.sql;

import dev.millrace.operators.RowTemplate;
import java.io.Serializable;
import java.util.List;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.jspecify.annotations.Nullable;

/**
 * How a row of a model's input becomes a prompt.
 *
 * @param columns names, in the order of the row
 * @param types of the columns, each a text, a number or a boolean
 */
record PromptLayout(RowTemplate template, List<String> columns, List<LogicalType> types)
    implements Serializable {

  PromptLayout {
    columns = List.copyOf(columns);
    types = List.copyOf(types);
  }

  /** The prompt, or null if all columns that it is made of are. */
  @Nullable String of(RowData row) {
    return template.of(name -> text(row, columns.indexOf(name)));
  }

  private @Nullable String text(RowData row, int at) {
    LogicalType type = types.get(at);
    Object value = RowData.createFieldGetter(type, at).getFieldOrNull(row);
    return value == null ? null : value.toString();
  }
}
