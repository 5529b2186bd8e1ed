package dev.millrace.pipelines.sql;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.RowType.RowField;

/** The JSON schema of an object that has a property for each of some columns. */
final class ColumnSchema {

  private static final ObjectMapper JSON = new ObjectMapper();

  private ColumnSchema() {}

  /** The schema, as JSON; a column that JSON has nothing for is left out. */
  static String of(List<Column> columns) {
    return object(
            columns.stream()
                .map(column -> new RowField(column.getName(), type(column)))
                .filter(field -> JsonCell.holds(field.getType()))
                .toList())
        .toString();
  }

  private static LogicalType type(Column column) {
    return column.getDataType().getLogicalType();
  }

  private static ObjectNode object(List<RowField> fields) {
    ObjectNode schema = JSON.createObjectNode().put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    ArrayNode required = schema.putArray("required");
    for (RowField field : fields) {
      properties.set(field.getName(), of(field.getType()));
      required.add(field.getName());
    }
    return schema.put("additionalProperties", false);
  }

  private static ObjectNode of(LogicalType type) {
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> JSON.createObjectNode().put("type", "boolean");
      case INTEGER, BIGINT -> JSON.createObjectNode().put("type", "integer");
      case FLOAT, DOUBLE, DECIMAL -> JSON.createObjectNode().put("type", "number");
      case ARRAY -> {
        ObjectNode array = JSON.createObjectNode().put("type", "array");
        array.set("items", of(((ArrayType) type).getElementType()));
        yield array;
      }
      case ROW -> object(((RowType) type).getFields());
      default -> JSON.createObjectNode().put("type", "string");
    };
  }
}
