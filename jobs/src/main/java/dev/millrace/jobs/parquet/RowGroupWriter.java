package dev.millrace.jobs.parquet;

import dev.millrace.jobs.output.TableWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.BaseListVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.util.IOUtils;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/** Writes columns into the row groups of a Parquet file. */
final class RowGroupWriter implements TableWriter {

  private final MessageType message;

  /** The places of the columns of vectors, and of all others. */
  private final List<Integer> vectors = new ArrayList<>();

  private final List<Integer> others = new ArrayList<>();
  private final Map<String, String> metadata;
  private final ParquetProperties properties;
  private final BytesInputCompressor compressor;
  private final ParquetFileWriter file;
  private final long groupBytes;
  private RowGroup group;

  /**
   * Begins a file.
   *
   * @param metadata goes into the file's footer
   * @param groupBytes with so many, looked at after each batch, a row group is full
   */
  RowGroupWriter(
      OutputFile out,
      Schema columns,
      Map<String, String> metadata,
      CompressionCodecName codec,
      long groupBytes)
      throws IOException {
    this.message = ToParquet.message(columns);
    this.metadata = metadata;
    this.groupBytes = groupBytes;
    this.compressor = new ParquetCodecs().getCompressor(codec);
    ParquetProperties.Builder settings = ParquetProperties.builder();
    for (int place = 0; place < columns.getFields().size(); place++) {
      Field column = columns.getFields().get(place);
      (VectorPages.hold(column) ? vectors : others).add(place);
      if (!column.getChildren().isEmpty()) {
        // No number of a list is there often: a dictionary would only cost.
        settings.withDictionaryEncoding(column.getName() + ".list.element", false);
      }
    }
    this.properties = settings.build();
    this.file =
        new ParquetFileWriter(
            out,
            message,
            ParquetFileWriter.Mode.CREATE,
            groupBytes,
            ParquetWriter.MAX_PADDING_SIZE_DEFAULT,
            null,
            properties);
    file.start();
    this.group = new RowGroup();
  }

  @Override
  public void write(VectorSchemaRoot rows) throws IOException {
    group.add(rows);
    if (group.bufferedBytes() >= groupBytes) {
      group.end();
      group = new RowGroup();
    }
  }

  @Override
  public void close() throws IOException {
    try (file) {
      group.end();
      file.end(metadata);
    }
  }

  /** The rows that are gathered in memory. */
  private final class RowGroup {
    private final ColumnChunkPageWriteStore pages;
    private final Map<Integer, VectorPages> ofVectors = new LinkedHashMap<>();
    private final ColumnWriteStore columns;
    private final Map<Integer, Shredder> shredders = new LinkedHashMap<>();
    private long rows;

    RowGroup() {
      pages =
          ColumnChunkPageWriteStore.builder()
              .withSchema(message)
              .withCompressorProvider(column -> compressor)
              .withAllocator(properties.getAllocator())
              .withColumnIndexTruncateLength(properties.getColumnIndexTruncateLength())
              .withPageWriteChecksumEnabled(properties.getPageWriteChecksumEnabled())
              .build();
      for (int place : vectors) {
        var column = only(List.of(place)).getColumns().get(0);
        ofVectors.put(place, new VectorPages(column, pages.getPageWriter(column)));
      }
      MessageType rest = only(others);
      columns = properties.newColumnWriteStore(rest, pages);
      Iterator<ColumnWriter> leaves =
          rest.getColumns().stream().map(columns::getColumnWriter).iterator();
      for (int place : others) {
        shredders.put(place, Shredder.of(message.getType(place), leaves));
      }
    }

    private MessageType only(List<Integer> places) {
      List<Type> types = places.stream().map(message::getType).toList();
      return new MessageType(message.getName(), types);
    }

    void add(VectorSchemaRoot from) throws IOException {
      for (Map.Entry<Integer, VectorPages> column : ofVectors.entrySet()) {
        BaseListVector lists = (BaseListVector) from.getVector(column.getKey());
        column.getValue().add(lists, from.getRowCount());
      }
      for (int row = 0; row < from.getRowCount(); row++) {
        for (Map.Entry<Integer, Shredder> column : shredders.entrySet()) {
          column.getValue().write(from.getVector(column.getKey()), row);
        }
        // Where Parquet ends pages.
        columns.endRecord();
      }
      rows += from.getRowCount();
    }

    long bufferedBytes() {
      return columns.getBufferedSize()
          + ofVectors.values().stream().mapToLong(VectorPages::bufferedBytes).sum();
    }

    void end() throws IOException {
      try {
        if (rows > 0) {
          file.startBlock(rows);
          columns.flush();
          for (VectorPages column : ofVectors.values()) {
            column.flush();
          }
          pages.flushToFileWriter(file);
          file.endBlock();
        }
      } finally {
        IOUtils.closeAllQuietly(columns, pages);
      }
    }
  }
}
