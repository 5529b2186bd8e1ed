package dev.millrace.pipelines.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.List;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.RowType;
import org.jspecify.annotations.Nullable;

/** Values of JSON as Flink's tables hold them. */
final class JsonCell {

  private JsonCell() {}

  /** Whether a column of a type can hold what JSON has. */
  static boolean holds(LogicalType type) {
    return switch (type.getTypeRoot()) {
      case CHAR, VARCHAR, BOOLEAN, INTEGER, BIGINT, FLOAT, DOUBLE, DECIMAL -> true;
      case ARRAY -> holds(((ArrayType) type).getElementType());
      case ROW -> ((RowType) type).getChildren().stream().allMatch(JsonCell::holds);
      default -> false;
    };
  }

  /**
   * Whether a column of a type fits what a schema says of a property.
   *
   * @param schemaType the schema's word; empty if it says none, or several
   */
  static boolean fits(LogicalType type, String schemaType) {
    if (schemaType.isEmpty() || type.is(LogicalTypeFamily.CHARACTER_STRING)) {
      return true;
    }
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> schemaType.equals("boolean");
      case INTEGER, BIGINT -> schemaType.equals("integer");
      case FLOAT, DOUBLE, DECIMAL -> schemaType.equals("integer") || schemaType.equals("number");
      case ARRAY -> schemaType.equals("array");
      case ROW -> schemaType.equals("object");
      default -> false;
    };
  }

  /**
   * A value.
   *
   * @param name what messages call it
   * @param node missing and null are null
   * @throws UnfitAnswerException if the type does not hold it
   */
  static @Nullable Object value(String name, JsonNode node, LogicalType type)
      throws UnfitAnswerException {
    if (node.isMissingNode() || node.isNull()) {
      return null;
    }
    Object value =
        switch (type.getTypeRoot()) {
          case CHAR, VARCHAR ->
              StringData.fromString(node.isTextual() ? node.asText() : node.toString());
          case BOOLEAN -> node.isBoolean() ? node.asBoolean() : null;
          case INTEGER ->
              node.isNumber() && isWhole(node) && node.canConvertToInt() ? node.asInt() : null;
          case BIGINT ->
              node.isNumber() && isWhole(node) && node.canConvertToLong() ? node.asLong() : null;
          case FLOAT -> node.isNumber() ? (float) node.asDouble() : null;
          case DOUBLE -> node.isNumber() ? node.asDouble() : null;
          case DECIMAL -> node.isNumber() ? decimal(node.decimalValue(), (DecimalType) type) : null;
          case ARRAY ->
              node.isArray() ? array(name, node, ((ArrayType) type).getElementType()) : null;
          case ROW -> node.isObject() ? row(name, node, (RowType) type) : null;
          default -> null;
        };
    if (value == null) {
      throw new UnfitAnswerException(
          "The answer has "
              + name
              + " = "
              + node
              + ", which is no "
              + type.asSummaryString()
              + ".");
    }
    return value;
  }

  private static boolean isWhole(JsonNode number) {
    return number.isIntegralNumber() || number.canConvertToExactIntegral();
  }

  private static @Nullable DecimalData decimal(BigDecimal value, DecimalType type) {
    return DecimalData.fromBigDecimal(value, type.getPrecision(), type.getScale());
  }

  private static GenericArrayData array(String name, JsonNode node, LogicalType elements)
      throws UnfitAnswerException {
    @Nullable Object[] values = new Object[node.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(name + "[" + i + "]", node.get(i), elements);
    }
    return new GenericArrayData(values);
  }

  private static GenericRowData row(String name, JsonNode node, RowType type)
      throws UnfitAnswerException {
    List<String> fields = type.getFieldNames();
    GenericRowData row = new GenericRowData(fields.size());
    for (int i = 0; i < fields.size(); i++) {
      String field = fields.get(i);
      row.setField(i, value(name + "." + field, node.path(field), type.getTypeAt(i)));
    }
    return row;
  }
}
