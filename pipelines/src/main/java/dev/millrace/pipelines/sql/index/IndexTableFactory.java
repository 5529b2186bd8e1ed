package dev.millrace.pipelines.sql.index;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;

/**
 * Makes the tables of {@code 'connector' = 'millrace-index'}. Their rows are kept by another
 * connector; what is written goes there.
 */
public final class IndexTableFactory implements DynamicTableSourceFactory, DynamicTableSinkFactory {

  /** What users write. */
  public static final String IDENTIFIER = "millrace-index";

  private static final List<String> OWN_KEYS =
      IndexOptions.ALL.stream()
          .map(ConfigOption::key)
          .filter(key -> !key.startsWith(IndexOptions.ITEMS_PREFIX))
          .toList();

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return new HashSet<>(IndexOptions.ALL);
  }

  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    DynamicTableSource items =
        FactoryUtil.createDynamicTableSource(
            null,
            context.getObjectIdentifier(),
            items(context),
            Map.of(),
            context.getConfiguration(),
            context.getClassLoader(),
            context.isTemporary());
    if (!(items instanceof ScanTableSource scannable)) {
      throw new ValidationException(
          "The items of "
              + name(context)
              + " cannot be read: their connector looks rows up by key"
              + " and does not read all of them. Name another with '"
              + IndexOptions.ITEMS_CONNECTOR.key()
              + "'.");
    }
    return new IndexTableSource(
        context.getObjectIdentifier().asSummaryString(),
        scannable,
        context.getPhysicalRowDataType(),
        IndexSettingsReader.read(name(context), own(context)));
  }

  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    return FactoryUtil.createDynamicTableSink(
        null,
        context.getObjectIdentifier(),
        items(context),
        Map.of(),
        context.getConfiguration(),
        context.getClassLoader(),
        context.isTemporary());
  }

  private static String name(Context context) {
    return context.getObjectIdentifier().asSummaryString();
  }

  private static Configuration own(Context context) {
    return Configuration.fromMap(context.getCatalogTable().getOptions());
  }

  /** The table without the index, as its own connector knows it. */
  private static ResolvedCatalogTable items(Context context) {
    Map<String, String> items = new HashMap<>();
    items.put(FactoryUtil.CONNECTOR.key(), own(context).get(IndexOptions.ITEMS_CONNECTOR));
    for (Map.Entry<String, String> option : context.getCatalogTable().getOptions().entrySet()) {
      String key = option.getKey();
      if (key.startsWith(IndexOptions.ITEMS_PREFIX)) {
        items.put(key.substring(IndexOptions.ITEMS_PREFIX.length()), option.getValue());
      } else if (!OWN_KEYS.contains(key)
          && !key.equals(FactoryUtil.CONNECTOR.key())
          && !key.equals(FactoryUtil.PROPERTY_VERSION.key())) {
        throw new ValidationException(
            "'"
                + key
                + "' of "
                + name(context)
                + ": there is no such option. There are "
                + String.join(", ", OWN_KEYS)
                + ", and those of the connector of the items with items. before them, such as"
                + " items.path.");
      }
    }
    if (IDENTIFIER.equals(items.get(FactoryUtil.CONNECTOR.key()))) {
      throw new ValidationException("The items of an index cannot be kept by an index.");
    }
    return context.getCatalogTable().copy(items);
  }
}
