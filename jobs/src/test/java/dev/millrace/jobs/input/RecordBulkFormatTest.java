package dev.millrace.jobs.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.reader.BulkFormat;
import org.apache.flink.connector.file.src.util.CheckpointedPosition;
import org.apache.flink.connector.file.src.util.RecordAndPosition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecordBulkFormatTest {

  @TempDir Path folder;

  private record Read(String row, CheckpointedPosition after) {}

  private static List<Read> drain(BulkFormat.Reader<SourceRow> reader) throws IOException {
    List<Read> all = new ArrayList<>();
    try (reader) {
      BulkFormat.RecordIterator<SourceRow> batch;
      while ((batch = reader.readBatch()) != null) {
        RecordAndPosition<SourceRow> next;
        while ((next = batch.next()) != null) {
          all.add(
              new Read(
                  Rows.brief(next.getRecord()),
                  new CheckpointedPosition(next.getOffset(), next.getRecordSkipCount())));
        }
        batch.releaseBatch();
      }
    }
    return all;
  }

  private static FileSourceSplit split(Path file) throws IOException {
    return new FileSourceSplit("0", Rows.path(file), 0, Files.size(file), 0, Files.size(file));
  }

  @Test
  void goesOnAfterEveryRow() throws IOException {
    StringBuilder content = new StringBuilder(Rows.HEADER).append('\n');
    for (int i = 0; i < 300; i++) {
      content.append(
          switch (i % 5) {
            case 0 -> "broken \"line " + i + "\n";
            case 1 -> "u,i" + i + ",\"two\nlines\",b,1,2025-01-01\n";
            case 2 -> ",i,t,b,1,2025-01-01\n";
            default -> "u,i" + i + ",t,b,1,2025-01-01\n";
          });
    }
    Path file = Rows.write(folder, "rows.csv.gz", Rows.gzip(content.toString()));
    RecordBulkFormat format = new RecordBulkFormat(Rows.format(FileFormat.CSV));
    List<Read> whole = drain(format.createReader(new Configuration(), split(file)));
    assertThat(whole).hasSize(300);

    for (int i = 0; i < whole.size(); i++) {
      FileSourceSplit saved = split(file).updateWithCheckpointedPosition(whole.get(i).after());
      List<Read> rest = drain(format.restoreReader(new Configuration(), saved));
      assertThat(rest).isEqualTo(whole.subList(i + 1, whole.size()));
    }
  }

  @Test
  void refusesAFileThatHasBecomeShorter() throws IOException {
    Path file = Rows.write(folder, "rows.csv", Rows.HEADER + "\nu,i,t,b,1,2025-01-01\n");
    FileSourceSplit saved =
        split(file)
            .updateWithCheckpointedPosition(
                new CheckpointedPosition(CheckpointedPosition.NO_OFFSET, 3));
    assertThatThrownBy(
            () ->
                new RecordBulkFormat(Rows.format(FileFormat.CSV))
                    .restoreReader(new Configuration(), saved))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("must not change");
  }

  @Test
  void filesAreHandedOutInOrderAlsoAfterOneCameBack() throws IOException {
    List<org.apache.flink.core.fs.Path> paths = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      paths.add(Rows.path(Rows.write(folder, "part-" + i + ".csv", "")));
    }
    List<FileSourceSplit> splits =
        new ArrayList<>(
            new FilesInOrder.Enumerator()
                .enumerateSplits(paths.toArray(org.apache.flink.core.fs.Path[]::new), 1));
    FilesInOrder.Assigner assigner = new FilesInOrder.Assigner(splits);
    FileSourceSplit first = assigner.getNext(null).orElseThrow();
    assertThat(assigner.getNext(null)).isPresent();
    assigner.addSplits(List.of(first));
    FilesInOrder.Assigner restored = new FilesInOrder.Assigner(assigner.remainingSplits());
    List<org.apache.flink.core.fs.Path> order = new ArrayList<>();
    restored.getNext(null).ifPresent(split -> order.add(split.path()));
    restored.getNext(null).ifPresent(split -> order.add(split.path()));
    assertThat(order).containsExactly(paths.get(0), paths.get(2));
  }
}
