package dev.millrace.jobs.feed;

import dev.millrace.jobs.condition.Condition;
import dev.millrace.jobs.condition.ConditionParser;
import dev.millrace.jobs.condition.TextRow;
import dev.millrace.pipelines.recommend.ItemFilter;
import dev.millrace.schemas.Item;
import dev.millrace.schemas.ItemField;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What {@code --items-where} asks of items. */
final class ItemCondition implements ItemFilter {

  private static final long serialVersionUID = 1L;

  /** What every item has, or may have, beside its fields. */
  static final Set<String> OF_EVERY_ITEM = Set.of("item_id", "title", "description", "department");

  private final Condition condition;
  private final ArrayList<String> names;

  private ItemCondition(Condition condition) {
    this.condition = condition;
    Set<String> asked = new LinkedHashSet<>();
    condition.columns(asked);
    names = new ArrayList<>(asked);
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if it is none; the message says where and why
   */
  static ItemCondition parse(String where) {
    return new ItemCondition(ConditionParser.parse(where));
  }

  /** The names that it asks for, each once. */
  List<String> names() {
    return names;
  }

  @Override
  public boolean test(Map<String, String> fields) {
    return Boolean.TRUE.equals(condition.test(new TextRow(fields)));
  }

  /** What it asks for of an item of the catalogue, and nothing else. */
  Map<String, String> of(Item item) {
    Map<String, String> values = of(item.getFields());
    put(values, "item_id", item.getItemId());
    put(values, "title", item.getTitle());
    put(values, "description", item.getDescription());
    put(values, "department", item.getDepartment());
    return values;
  }

  /** The same of values by name. */
  Map<String, String> of(List<ItemField> fields) {
    Map<String, String> values = new HashMap<>();
    for (ItemField field : fields) {
      put(values, field.getName(), field.getValue());
    }
    return values;
  }

  private void put(Map<String, String> values, String name, @Nullable String value) {
    if (value != null && names.contains(name)) {
      values.put(name, value);
    }
  }
}
