package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.specific.SpecificData;
import org.junit.jupiter.api.Test;

/** The tables of {@code docs/schemas.md} say what the schemas say. */
class SchemasPageTest {

  private static final Path PAGE = Path.of("../docs/schemas.md");
  private static final String BEGIN = "<!-- generated from the .avsc files: begin -->\n";
  private static final String END = "<!-- generated from the .avsc files: end -->\n";
  private static final String WRITE = "millrace.write-docs";

  @Test
  void thePageSaysWhatTheSchemasSay() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    assertThat(begin)
        .as("where the tables begin and end in %s", PAGE)
        .isBetween(BEGIN.length(), end);

    String tables = tables();
    if (Boolean.getBoolean(WRITE)) {
      Files.writeString(PAGE, page.substring(0, begin) + tables + page.substring(end));
      return;
    }
    assertThat(page.substring(begin, end))
        .as(
            "the tables of %s. To write them anew: mvn -pl schemas test -Dtest=SchemasPageTest -D%s=true",
            PAGE, WRITE)
        .isEqualTo(tables);
  }

  private static String tables() {
    Map<String, Schema> records = new LinkedHashMap<>();
    for (Class<?> type :
        List.of(Interaction.class, Item.class, Recommendation.class, DeadLetter.class)) {
      collect(SpecificData.get().getSchema(type), records);
    }
    return records.values().stream()
        .map(type -> type.getType() == Schema.Type.ENUM ? symbols(type) : fields(type))
        .collect(Collectors.joining("\n", "\n", "\n"));
  }

  /** The type and those that its fields name, each once. */
  private static void collect(Schema type, Map<String, Schema> records) {
    switch (type.getType()) {
      case RECORD -> {
        if (records.put(type.getFullName(), type) == null) {
          type.getFields().forEach(field -> collect(field.schema(), records));
        }
      }
      case ENUM -> records.put(type.getFullName(), type);
      case ARRAY -> collect(type.getElementType(), records);
      case UNION -> type.getTypes().forEach(branch -> collect(branch, records));
      default -> {}
    }
  }

  private static String fields(Schema record) {
    List<Field> columns = RecordLayout.of(record).arrowSchema().getFields();
    StringBuilder table = new StringBuilder(heading(record));
    table.append("| field | Avro | default | Arrow | what |\n|---|---|---|---|---|\n");
    for (Schema.Field field : record.getFields()) {
      table.append(
          "| `%s` | %s | %s | %s | %s |\n"
              .formatted(
                  field.name(),
                  avro(field.schema()),
                  field.hasDefaultValue() ? "`" + text(field) + "`" : "",
                  arrow(columns.get(field.pos())),
                  field.doc()));
    }
    return table.toString();
  }

  private static String text(Schema.Field field) {
    return String.valueOf(GenericData.get().getDefaultValue(field));
  }

  private static String symbols(Schema type) {
    return heading(type)
        + "Symbols: "
        + type.getEnumSymbols().stream().map("`%s`"::formatted).collect(Collectors.joining(", "))
        + ". A reader takes a symbol that it does not know for `"
        + type.getEnumDefault()
        + "`.\n";
  }

  private static String heading(Schema type) {
    return "### %s\n\n%s\n\n".formatted(type.getName(), type.getDoc());
  }

  private static String avro(Schema type) {
    ColumnType column = ColumnType.of(type, FieldPath.root("page"));
    return ColumnType.describe(column.schema()) + (column.nullable() ? ", or null" : "");
  }

  private static String arrow(Field field) {
    String type =
        switch (field.getType().getTypeID()) {
          case List -> "List of " + arrow(field.getChildren().get(0));
          case Timestamp -> {
            ArrowType.Timestamp time = (ArrowType.Timestamp) field.getType();
            yield "Timestamp(" + time.getUnit() + ", " + time.getTimezone() + ")";
          }
          case Int -> "Int(" + ((ArrowType.Int) field.getType()).getBitWidth() + ")";
          default -> field.getType().toString();
        };
    return type + (field.isNullable() ? ", nullable" : "");
  }
}
