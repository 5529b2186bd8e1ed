package dev.millrace.jobs.input;

import java.time.Duration;
import java.util.List;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.core.fs.Path;

/**
 * Sources of rows from files. Run them at parallelism 1: the files are then read one after another
 * in the order given, so that event time moves forwards. Their positions are checkpointed.
 */
public final class RowSources {

  private RowSources() {}

  /**
   * The rows of interactions.
   *
   * @param columns which column holds what; Avro files have their own names
   * @param needsText whether a row without a text is invalid
   * @param ahead by how much a row's time may be ahead of this machine's clock
   */
  public static FileSource<SourceRow> interactions(
      RowFiles files, Columns columns, TimeFormat timeFormat, boolean needsText, Duration ahead) {
    return source(
        files.files(),
        format(files.format(), columns, new RowClassifier(timeFormat, needsText, ahead)));
  }

  /** The items of a catalogue, Avro files of {@code Item}. */
  public static FileSource<SourceRow> items(RowFiles files) {
    return source(files.files(), AvroFormat.items());
  }

  static RecordFormat format(FileFormat format, Columns columns, RowClassifier classifier) {
    return switch (format) {
      case CSV -> new CsvFormat(columns, classifier);
      case JSONL -> new JsonFormat(columns, classifier);
      case AVRO -> AvroFormat.interactions(classifier);
    };
  }

  private static FileSource<SourceRow> source(List<Path> files, RecordFormat format) {
    FileSource.FileSourceBuilder<SourceRow> builder =
        FileSource.forBulkFileFormat(new RecordBulkFormat(format), files.toArray(Path[]::new));
    builder.setFileEnumerator(FilesInOrder.Enumerator::new);
    builder.setSplitAssigner(FilesInOrder.Assigner::new);
    return builder.build();
  }
}
