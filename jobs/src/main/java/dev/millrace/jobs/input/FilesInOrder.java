package dev.millrace.jobs.input;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.assigners.FileSplitAssigner;
import org.apache.flink.connector.file.src.enumerate.FileEnumerator;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes Flink's file source read whole files one after another, in the order in which they are
 * given.
 */
final class FilesInOrder {

  private FilesInOrder() {}

  /** A split for each file; its id is its place, so that ids sort as the files do. */
  static final class Enumerator implements FileEnumerator {
    @Override
    public Collection<FileSourceSplit> enumerateSplits(Path[] files, int minimum)
        throws IOException {
      List<FileSourceSplit> splits = new ArrayList<>();
      for (Path file : files) {
        FileStatus status = file.getFileSystem().getFileStatus(file);
        splits.add(
            new FileSourceSplit(
                String.format(Locale.ROOT, "%010d", splits.size()),
                file,
                0,
                status.getLen(),
                status.getModificationTime(),
                status.getLen()));
      }
      return splits;
    }
  }

  /** Hands out the first that is left. */
  static final class Assigner implements FileSplitAssigner {
    private final TreeSet<FileSourceSplit> left =
        new TreeSet<>(Comparator.comparing(FileSourceSplit::splitId));

    Assigner(Collection<FileSourceSplit> splits) {
      left.addAll(splits);
    }

    @Override
    public Optional<FileSourceSplit> getNext(@Nullable String host) {
      return Optional.ofNullable(left.pollFirst());
    }

    @Override
    public void addSplits(Collection<FileSourceSplit> splits) {
      left.addAll(splits);
    }

    @Override
    public Collection<FileSourceSplit> remainingSplits() {
      return new ArrayList<>(left);
    }
  }
}
