package dev.millrace.pipelines.sql.index;

import java.io.Serializable;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.table.data.RowData;

/**
 * Where the items of an index come from.
 *
 * @param name what errors call the index; one of each search that was planned
 * @param rows all items; ends
 * @param layout how they are taken apart
 */
record ItemSource(String name, Source<RowData, ?, ?> rows, ItemLayout layout)
    implements Serializable {}
