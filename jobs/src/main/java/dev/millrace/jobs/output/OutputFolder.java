package dev.millrace.jobs.output;

import dev.millrace.jobs.cli.Problems;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * A folder that a command writes part files into. A marker in it says what kind of output it is;
 * with the marker there, a later run may replace the part files, and without it nothing is touched.
 */
public final class OutputFolder implements Destination {

  static final String PREFIX = "part";
  static final String AVRO = ".avro";
  static final String JSONL = ".jsonl";
  private static final String MARKER = ".millrace";

  private final String option;
  private final Path path;
  private final String kind;
  private @Nullable Path created;

  /**
   * @param option the option that names it, for messages
   * @param kind what is written there, for the marker
   */
  public OutputFolder(String option, Path path, String kind) {
    this.option = option;
    this.path = path;
    this.kind = kind;
  }

  public Path path() {
    return path;
  }

  /** Adds a problem if the folder cannot be written, or holds what is not this command's. */
  public void check(Problems problems) {
    try {
      FileSystem files = path.getFileSystem();
      if (files.exists(path)) {
        if (!files.getFileStatus(path).isDir()) {
          problems.add(option, path.getPath(), "it is a file. Name a folder.");
          return;
        }
        List<String> foreign = foreign(files);
        if (!foreign.isEmpty()) {
          problems.add(
              option,
              path.getPath(),
              "it holds "
                  + foreign.get(0)
                  + (foreign.size() > 1 ? " and " + (foreign.size() - 1) + " more" : "")
                  + ", which no run of this command has written. Name another folder, or empty this"
                  + " one.");
          return;
        }
      }
      probe(files);
    } catch (IOException | RuntimeException unwritable) {
      problems.add(
          option,
          path.getPath(),
          "it cannot be written ("
              + reason(unwritable)
              + "). Name a folder that can be made and written.");
    }
  }

  @Override
  public String name() {
    return path.getPath();
  }

  @Override
  public void undo() throws IOException {
    if (created != null) {
      created.getFileSystem().delete(created, true);
    }
  }

  /**
   * Makes the folder and its marker, or empties it of an earlier run's files.
   *
   * @return how many files of an earlier run were removed
   */
  @Override
  public int prepare() throws IOException {
    FileSystem files = path.getFileSystem();
    int removed = clear();
    files.mkdirs(path);
    try (FSDataOutputStream marker = files.create(new Path(path, MARKER), WriteMode.OVERWRITE)) {
      marker.write((kind + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return removed;
  }

  /** Removes an earlier run's part files. */
  public int clear() throws IOException {
    FileSystem files = path.getFileSystem();
    if (!files.exists(path)) {
      return 0;
    }
    int removed = 0;
    for (FileStatus child : list(files)) {
      if (ours(child)) {
        files.delete(child.getPath(), false);
        if (isPart(child.getPath().getName())) {
          removed++;
        }
      }
    }
    return removed;
  }

  /**
   * Removes the folder if no part file is in it.
   *
   * @return whether it is still there
   */
  @Override
  public boolean removeIfEmpty() throws IOException {
    FileSystem files = path.getFileSystem();
    for (FileStatus child : list(files)) {
      if (!child.getPath().getName().equals(MARKER)) {
        return true;
      }
    }
    files.delete(path, true);
    return false;
  }

  private List<String> foreign(FileSystem files) throws IOException {
    List<String> foreign = new ArrayList<>();
    FileStatus[] children = list(files);
    boolean marked = false;
    for (FileStatus child : children) {
      marked |= child.getPath().getName().equals(MARKER);
    }
    for (FileStatus child : children) {
      if (!marked || !ours(child)) {
        foreign.add("'" + child.getPath().getName() + "'");
      }
    }
    return foreign;
  }

  private FileStatus[] list(FileSystem files) throws IOException {
    FileStatus[] children = files.listStatus(path);
    return children == null ? new FileStatus[0] : children;
  }

  private static boolean ours(FileStatus child) {
    String name = child.getPath().getName();
    return !child.isDir()
        && (name.equals(MARKER) || isPart(name) || name.startsWith("." + PREFIX + "-"));
  }

  private static boolean isPart(String name) {
    return name.startsWith(PREFIX + "-") && (name.endsWith(AVRO) || name.endsWith(JSONL));
  }

  private void probe(FileSystem files) throws IOException {
    Path missing = null;
    for (Path at = path; at != null && !files.exists(at); at = at.getParent()) {
      missing = at;
    }
    created = missing;
    if (!files.mkdirs(path)) {
      throw new IOException("it cannot be made");
    }
    Path probe = new Path(path, "." + PREFIX + "-probe");
    files.create(probe, WriteMode.OVERWRITE).close();
    files.delete(probe, false);
  }

  private static String reason(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }
}
