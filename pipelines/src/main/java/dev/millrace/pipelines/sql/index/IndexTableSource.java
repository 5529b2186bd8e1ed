package dev.millrace.pipelines.sql.index;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.SourceProvider;
import org.apache.flink.table.connector.source.VectorSearchTableSource;
import org.apache.flink.table.connector.source.search.AsyncVectorSearchFunctionProvider;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/** A table that is read as its items' connector reads it, and searched by nearness. */
final class IndexTableSource implements ScanTableSource, VectorSearchTableSource {

  private final String name;
  private final ScanTableSource items;
  private final DataType rowType;
  private final IndexSettings settings;

  IndexTableSource(String name, ScanTableSource items, DataType rowType, IndexSettings settings) {
    this.name = name;
    this.items = items;
    this.rowType = rowType;
    this.settings = settings;
  }

  @Override
  public ChangelogMode getChangelogMode() {
    return items.getChangelogMode();
  }

  @Override
  public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
    return items.getScanRuntimeProvider(context);
  }

  @Override
  public VectorSearchRuntimeProvider getSearchRuntimeProvider(VectorSearchContext context) {
    int[][] searched = context.getSearchColumns();
    if (searched.length != 1 || searched[0].length != 1) {
      throw new ValidationException(name + " is searched by one of its columns, not by several.");
    }
    int vectorAt = searched[0][0];
    List<LogicalType> columns = rowType.getLogicalType().getChildren();
    LogicalType element =
        columns.get(vectorAt) instanceof ArrayType array ? array.getElementType() : null;
    boolean doubles = element != null && element.is(LogicalTypeRoot.DOUBLE);
    if (element == null || !(doubles || element.is(LogicalTypeRoot.FLOAT))) {
      throw new ValidationException(
          name
              + " is searched by an ARRAY<FLOAT> or ARRAY<DOUBLE> column, and "
              + DataType.getFieldNames(rowType).get(vectorAt)
              + " is "
              + columns.get(vectorAt).asSummaryString()
              + ".");
    }
    return AsyncVectorSearchFunctionProvider.of(
        new IndexSearchFunction(
            new ItemSource(
                name + " " + UUID.randomUUID(),
                source(context),
                new ItemLayout(columns, vectorAt, doubles, rest(context, vectorAt))),
            settings));
  }

  /** Writes rows without their vectors. */
  private TypeSerializer<RowData> rest(DynamicTableSource.Context context, int vectorAt) {
    List<DataTypes.Field> rest = new ArrayList<>();
    List<DataType> types = DataType.getFieldDataTypes(rowType);
    for (int i = 0; i < types.size(); i++) {
      if (i != vectorAt) {
        rest.add(DataTypes.FIELD("f" + i, types.get(i)));
      }
    }
    return context
        .<RowData>createTypeInformation(DataTypes.ROW(rest))
        .createSerializer(new SerializerConfigImpl());
  }

  private Source<RowData, ?, ?> source(DynamicTableSource.Context context) {
    if (!getChangelogMode().equals(ChangelogMode.insertOnly())) {
      throw new ValidationException(
          "The items of " + name + " change. An index is built from rows that are only added.");
    }
    ScanRuntimeProvider provider = items.getScanRuntimeProvider(new ScanOf(context));
    if (!(provider instanceof SourceProvider sources)) {
      throw new ValidationException(
          "The items of "
              + name
              + " cannot be read into an index: their connector gives no Source of Flink's present"
              + " interface but a "
              + provider.getClass().getName()
              + ". Write them to files with it, and name 'items.connector' = 'filesystem'.");
    }
    Source<RowData, ?, ?> source = sources.createSource();
    if (source.getBoundedness() != Boundedness.BOUNDED) {
      throw new ValidationException(
          "The items of "
              + name
              + " do not come to an end, and an index is built from all of them. Set the options"
              + " of their connector so that it stops.");
    }
    return source;
  }

  @Override
  public DynamicTableSource copy() {
    return new IndexTableSource(name, (ScanTableSource) items.copy(), rowType, settings);
  }

  @Override
  public String asSummaryString() {
    return "Millrace index of " + items.asSummaryString();
  }

  /** The items are scanned within a search. */
  private record ScanOf(DynamicTableSource.Context search) implements ScanContext {

    @Override
    public <T> org.apache.flink.api.common.typeinfo.TypeInformation<T> createTypeInformation(
        DataType type) {
      return search.createTypeInformation(type);
    }

    @Override
    public <T> org.apache.flink.api.common.typeinfo.TypeInformation<T> createTypeInformation(
        LogicalType type) {
      return search.createTypeInformation(type);
    }

    @Override
    public DynamicTableSource.DataStructureConverter createDataStructureConverter(DataType type) {
      return search.createDataStructureConverter(type);
    }
  }
}
