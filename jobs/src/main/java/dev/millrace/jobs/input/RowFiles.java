package dev.millrace.jobs.input;

import java.util.List;
import org.apache.flink.core.fs.Path;

/**
 * Files of rows, in the order in which they are read.
 *
 * @param format how the rows lie in them
 */
public record RowFiles(List<Path> files, FileFormat format) implements RowOrigin {

  public RowFiles {
    files = List.copyOf(files);
  }

  @Override
  public boolean bounded() {
    return true;
  }
}
