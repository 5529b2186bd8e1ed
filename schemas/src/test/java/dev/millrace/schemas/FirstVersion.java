package dev.millrace.schemas;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaCompatibility.SchemaPairCompatibility;
import org.jspecify.annotations.Nullable;

/** Compares the records with what they were when they first went out. */
final class FirstVersion {

  /** The records as they are. */
  static final Path PRESENT = Path.of("src/main/avro");

  /** The records as they were first. */
  static final Path FIRST = Path.of("src/test/resources/schemas-v1");

  private FirstVersion() {}

  /** The schemas in a folder, by file name in order. */
  static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".avsc"))
          .sorted(Comparator.comparing(Path::getFileName))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Schema parse(Path file) {
    try {
      return new Schema.Parser().parse(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is wrong with the present version, and what to do about each; nothing if all is well. */
  static List<String> problems(Schema first, Schema present) {
    List<String> problems = new ArrayList<>();
    compareFields(first, present, problems);
    check("The present version cannot read the first", present, first, problems);
    check("The first version cannot read the present", first, present, problems);
    return problems;
  }

  private static void compareFields(Schema first, Schema present, List<String> problems) {
    for (Schema.Field field : present.getFields()) {
      Schema.Field before = first.getField(field.name());
      String name = present.getName() + "." + field.name();
      if (before == null) {
        if (!field.hasDefaultValue()) {
          problems.add(
              name
                  + " is not of the first version and has no default: older records could not be"
                  + " read. Give it one, such as null with the type [\"null\", ...].");
        }
        continue;
      }
      Schema inner = recordIn(field.schema());
      Schema innerBefore = recordIn(before.schema());
      if (inner != null && innerBefore != null) {
        compareFields(innerBefore, inner, problems);
      }
    }
    for (Schema.Field field : first.getFields()) {
      if (present.getField(field.name()) == null && !field.hasDefaultValue()) {
        problems.add(
            present.getName()
                + "."
                + field.name()
                + " is gone, but the first version has no default for it: older readers could not"
                + " read newer records. Put it back; say in its doc that it is no longer used.");
      }
    }
  }

  private static @Nullable Schema recordIn(Schema type) {
    return switch (type.getType()) {
      case RECORD -> type;
      case ARRAY -> recordIn(type.getElementType());
      case UNION ->
          type.getTypes().stream()
              .filter(branch -> recordIn(branch) != null)
              .findFirst()
              .map(FirstVersion::recordIn)
              .orElse(null);
      default -> null;
    };
  }

  private static void check(String what, Schema reader, Schema writer, List<String> problems) {
    SchemaPairCompatibility result =
        SchemaCompatibility.checkReaderWriterCompatibility(reader, writer);
    if (result.getType() != SchemaCompatibilityType.COMPATIBLE) {
      result
          .getResult()
          .getIncompatibilities()
          .forEach(
              found ->
                  problems.add(
                      "%s: %s at %s (%s). Undo the change, and add a field with a new name and a default instead."
                          .formatted(
                              what, found.getType(), found.getLocation(), found.getMessage())));
    }
  }
}
