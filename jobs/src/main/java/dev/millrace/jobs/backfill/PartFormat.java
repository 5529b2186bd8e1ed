package dev.millrace.jobs.backfill;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.jobs.input.ArrowBatchReader;
import dev.millrace.jobs.input.ArrowBatches;
import dev.millrace.jobs.input.TableReader;
import dev.millrace.operators.ArrowBatchTypeInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.assigners.SimpleSplitAssigner;
import org.apache.flink.connector.file.src.enumerate.FileEnumerator;
import org.apache.flink.connector.file.src.reader.BulkFormat;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads the parts of a plan that are not done. A split is a run of parts of one file, so that
 * several subtasks share a file that is large; which parts are done is looked up when it is opened.
 */
final class PartFormat implements BulkFormat<ArrowBatch, FileSourceSplit> {

  private static final long serialVersionUID = 1L;

  private final RowFormat format;
  private final Plan plan;
  private final RowSelection selection;
  private final RunFolder folder;

  private PartFormat(RowFormat format, Plan plan, RowSelection selection, RunFolder folder) {
    this.format = format;
    this.plan = plan;
    this.selection = selection;
    this.folder = folder;
  }

  /** The source of all batches that are still to be done. */
  static FileSource<ArrowBatch> source(
      RowFormat format, Plan plan, RowSelection selection, RunFolder folder, int parallelism) {
    Path[] files =
        plan.files().stream().map(Plan.InputFile::path).map(Path::new).toArray(Path[]::new);
    FileSource.FileSourceBuilder<ArrowBatch> builder =
        FileSource.forBulkFileFormat(new PartFormat(format, plan, selection, folder), files);
    builder.setFileEnumerator(() -> new Splits(plan, parallelism));
    // It hands out the last first, and the splits are so ordered.
    builder.setSplitAssigner(SimpleSplitAssigner::new);
    return builder.build();
  }

  @Override
  public Reader<ArrowBatch> createReader(Configuration config, FileSourceSplit split)
      throws IOException {
    String[] id = split.splitId().split("-", -1);
    int file = Integer.parseInt(id[0]);
    Set<String> done = folder.done().keySet();
    List<Part> parts = new ArrayList<>();
    for (int number = Integer.parseInt(id[1]); number < Integer.parseInt(id[2]); number++) {
      Part part = new Part(file, number);
      if (!done.contains(part.name())) {
        parts.add(part);
      }
    }
    if (parts.isEmpty()) {
      return new ArrowBatchReader(new Nothing(), 0);
    }
    TableReader reader = format.table().open(split.path(), plan.schema(), plan.begin(parts.get(0)));
    return new ArrowBatchReader(new PartBatches(plan, selection, reader, parts), 0);
  }

  /** What is done is known by its entries alone, so this is a beginning like any other. */
  @Override
  public Reader<ArrowBatch> restoreReader(Configuration config, FileSourceSplit split)
      throws IOException {
    return createReader(config, split);
  }

  @Override
  public boolean isSplittable() {
    return false;
  }

  @Override
  public TypeInformation<ArrowBatch> getProducedType() {
    return ArrowBatchTypeInfo.INSTANCE;
  }

  /** All parts are done. */
  private static final class Nothing implements ArrowBatches {
    @Override
    public @Nullable ArrowBatch next() {
      return null;
    }

    @Override
    public void close() {}
  }

  /** The runs of parts, the last first. */
  private static final class Splits implements FileEnumerator {
    private final Plan plan;
    private final int parallelism;

    Splits(Plan plan, int parallelism) {
      this.plan = plan;
      this.parallelism = parallelism;
    }

    @Override
    public Collection<FileSourceSplit> enumerateSplits(Path[] paths, int minimum) {
      List<FileSourceSplit> splits = new ArrayList<>();
      int files = plan.files().size();
      int each = Math.max(1, (parallelism + files - 1) / files);
      for (int file = files - 1; file >= 0; file--) {
        int parts = plan.partsOf(file);
        int runs = Math.min(each, parts);
        for (int run = runs - 1; run >= 0; run--) {
          int from = (int) ((long) parts * run / runs);
          int to = (int) ((long) parts * (run + 1) / runs);
          Plan.InputFile of = plan.files().get(file);
          splits.add(
              new FileSourceSplit(
                  String.format(Locale.ROOT, "%05d-%05d-%05d", file, from, to),
                  new Path(of.path()),
                  0,
                  of.bytes(),
                  of.modified(),
                  of.bytes()));
        }
      }
      return splits;
    }
  }
}
