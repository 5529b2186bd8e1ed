package dev.millrace.schemas;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Avro's view of one generated class and of those that it names.
 *
 * <p>Avro itself refuses to load a class by its name where the process does not trust it. That is
 * against schemas that come with data. Here all names are from the schema that is compiled into a
 * class which the caller has in hand.
 */
final class ClassData extends SpecificData {

  /** By name: a class is asked for with every record that is made. */
  private final Map<String, Optional<Class<?>>> classes = new ConcurrentHashMap<>();

  ClassData(ClassLoader loader) {
    super(loader);
  }

  @Override
  @SuppressWarnings("rawtypes")
  public @Nullable Class getClass(Schema schema) {
    return switch (schema.getType()) {
      case RECORD, ENUM ->
          classes
              .computeIfAbsent(schema.getFullName(), name -> load(getClassName(schema)))
              .orElse(null);
      default -> super.getClass(schema);
    };
  }

  private Optional<Class<?>> load(String name) {
    try {
      Class<?> type = Class.forName(name, false, getClassLoader());
      return SpecificRecord.class.isAssignableFrom(type) || type.isEnum()
          ? Optional.of(type)
          : Optional.empty();
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    }
  }
}
