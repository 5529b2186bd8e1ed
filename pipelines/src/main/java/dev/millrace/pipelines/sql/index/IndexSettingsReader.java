package dev.millrace.pipelines.sql.index;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.ValidationException;

/** Reads what a table says of its index, and tells what it cannot mean. */
final class IndexSettingsReader {

  /** Lucene's own bounds. */
  private static final int MOST_LINKS = 512;

  private static final int MOST_CANDIDATES = 3200;

  private static final List<ConfigOption<?>> OF_THE_GRAPH =
      List.of(IndexOptions.EF_SEARCH, IndexOptions.M, IndexOptions.EF_CONSTRUCTION);

  private final String table;
  private final Configuration given;

  private IndexSettingsReader(String table, Configuration given) {
    this.table = table;
    this.given = given;
  }

  /**
   * @param table what errors call it
   * @throws ValidationException if an option is wrong or means nothing beside the others
   */
  static IndexSettings read(String table, Configuration given) {
    return new IndexSettingsReader(table, given).read();
  }

  private IndexSettings read() {
    Metric metric = oneOf(IndexOptions.METRIC, Metric.values());
    SearchMode search = oneOf(IndexOptions.SEARCH, SearchMode.values());
    if (search == SearchMode.EXACT) {
      OF_THE_GRAPH.forEach(option -> refuseBeside(search, option));
    }
    if (search != SearchMode.AUTO) {
      refuseBeside(search, IndexOptions.EXACT_UP_TO);
    }
    return new IndexSettings(
        metric,
        search,
        number(IndexOptions.EXACT_UP_TO, 0, Integer.MAX_VALUE),
        new GraphSettings(
            number(IndexOptions.M, 2, MOST_LINKS),
            number(IndexOptions.EF_CONSTRUCTION, 1, MOST_CANDIDATES),
            number(IndexOptions.EF_SEARCH, 1, Integer.MAX_VALUE)));
  }

  private <E extends Enum<E>> E oneOf(ConfigOption<E> option, E[] values) {
    try {
      return given.get(option);
    } catch (IllegalArgumentException unreadable) {
      throw new ValidationException(
          start(option)
              + "it is not one of "
              + Stream.of(values)
                  .map(value -> value.name().toLowerCase(Locale.ROOT))
                  .collect(Collectors.joining(", "))
              + ".");
    }
  }

  private int number(ConfigOption<Integer> option, int least, int most) {
    int number;
    try {
      number = given.get(option);
    } catch (IllegalArgumentException unreadable) {
      throw new ValidationException(start(option) + "it is not a whole number.");
    }
    if (number < least || number > most) {
      throw new ValidationException(
          start(option)
              + (most == Integer.MAX_VALUE
                  ? "it is at least " + least + "."
                  : "it is from " + least + " to " + most + "."));
    }
    return number;
  }

  private void refuseBeside(SearchMode search, ConfigOption<?> option) {
    if (given.containsKey(option.key())) {
      throw new ValidationException(
          start(option)
              + "it means nothing where 'search' = '"
              + search.name().toLowerCase(Locale.ROOT)
              + "'. Leave one of the two out.");
    }
  }

  private String start(ConfigOption<?> option) {
    return "'" + option.key() + "' = '" + given.toMap().get(option.key()) + "' of " + table + ": ";
  }
}
