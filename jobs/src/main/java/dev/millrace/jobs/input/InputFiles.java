package dev.millrace.jobs.input;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystems;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * The files that a user's words name: a file, a folder or a glob, on any file system that Flink
 * knows.
 *
 * @param files the files, in the natural order of their names: {@code part-2} before {@code
 *     part-10}
 * @param passedOver how many files of a folder do not end as the format's files do, while others do
 */
public record InputFiles(List<Path> files, int passedOver) {

  public InputFiles {
    files = List.copyOf(files);
  }

  /**
   * Finds the files. In folders and in what a glob matches, names that begin with {@code .} or
   * {@code _} are left out. If files in folders end as the format's do, the others are passed over.
   *
   * @throws IOException if the file system cannot be read
   */
  public static InputFiles find(String where, FileFormat format) throws IOException {
    return find(where, format.endings());
  }

  /**
   * Finds the files, as {@link #find(String, FileFormat)} does.
   *
   * @param endings how the names of the wanted files end, in lower case
   */
  public static InputFiles find(String where, List<String> endings) throws IOException {
    Path literal = path(where);
    FileSystem system = literal.getFileSystem();
    TreeMap<String, Path> named = new TreeMap<>(NaturalOrder.INSTANCE);
    TreeMap<String, Path> inFolders = new TreeMap<>(NaturalOrder.INSTANCE);
    FileStatus status = status(system, literal);
    if (status != null) {
      add(system, status, named, inFolders, false);
    } else {
      for (FileStatus match : glob(system, where)) {
        add(system, match, named, inFolders, true);
      }
    }
    List<String> fitting =
        inFolders.keySet().stream().filter(name -> endsAs(name, endings)).toList();
    int passedOver = 0;
    if (!fitting.isEmpty() && fitting.size() < inFolders.size()) {
      passedOver = inFolders.size() - fitting.size();
      inFolders.keySet().retainAll(fitting);
    }
    named.putAll(inFolders);
    return new InputFiles(new ArrayList<>(named.values()), passedOver);
  }

  /** Opens a file, through gzip if its name ends so. */
  static InputStream open(Path file) throws IOException {
    InputStream raw = file.getFileSystem().open(file);
    return gzip(file) ? new GzipStream(raw) : raw;
  }

  static boolean gzip(Path file) {
    return file.getName().toLowerCase(Locale.ROOT).endsWith(".gz");
  }

  private static boolean endsAs(String name, List<String> endings) {
    String lower = name.toLowerCase(Locale.ROOT);
    return endings.stream().anyMatch(lower::endsWith);
  }

  /** A path of the user's words; without a scheme it is of this machine. */
  public static Path path(String where) {
    return where.matches("[A-Za-z][A-Za-z0-9+.-]+:/.*")
        ? new Path(where)
        : new Path(
            "file",
            null,
            new java.io.File(where).getAbsoluteFile().toPath().normalize().toString());
  }

  private static void add(
      FileSystem system,
      FileStatus status,
      TreeMap<String, Path> named,
      TreeMap<String, Path> inFolders,
      boolean byGlob)
      throws IOException {
    if (!status.isDir()) {
      named.put(status.getPath().toString(), status.getPath());
      return;
    }
    FileStatus[] children = system.listStatus(status.getPath());
    for (FileStatus child : children == null ? new FileStatus[0] : children) {
      if (hidden(child.getPath().getName())) {
        continue;
      }
      if (child.isDir()) {
        add(system, child, named, inFolders, byGlob);
      } else {
        inFolders.put(child.getPath().toString(), child.getPath());
      }
    }
  }

  private static boolean hidden(String name) {
    return name.startsWith(".") || name.startsWith("_");
  }

  private static @Nullable FileStatus status(FileSystem system, Path path) throws IOException {
    return system.exists(path) ? system.getFileStatus(path) : null;
  }

  private static List<FileStatus> glob(FileSystem system, String where) throws IOException {
    List<String> segments = new ArrayList<>(Arrays.asList(where.split("/+", -1)));
    List<String> fixed = new ArrayList<>();
    while (segments.size() > 0 && !isGlob(segments.get(0))) {
      fixed.add(segments.remove(0));
    }
    if (segments.isEmpty()) {
      return List.of();
    }
    String base = String.join("/", fixed);
    if (base.isEmpty()) {
      base = where.startsWith("/") ? "/" : ".";
    } else if (base.endsWith(":")) {
      return List.of();
    }
    List<FileStatus> found = new ArrayList<>();
    FileStatus start = status(system, path(base));
    if (start != null && start.isDir()) {
      descend(system, start, segments, found);
    }
    return found;
  }

  private static boolean isGlob(String segment) {
    return segment.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0);
  }

  private static void descend(
      FileSystem system, FileStatus folder, List<String> segments, List<FileStatus> found)
      throws IOException {
    String segment = segments.get(0);
    List<String> rest = segments.subList(1, segments.size());
    if (segment.equals("**")) {
      if (!rest.isEmpty()) {
        descend(system, folder, rest, found);
      }
      for (FileStatus child : children(system, folder)) {
        if (hidden(child.getPath().getName())) {
          continue;
        }
        if (child.isDir()) {
          descend(system, child, segments, found);
        } else if (rest.isEmpty()) {
          found.add(child);
        }
      }
      return;
    }
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + segment);
    for (FileStatus child : children(system, folder)) {
      String name = child.getPath().getName();
      boolean asked = hidden(segment);
      if ((hidden(name) && !asked) || !matcher.matches(java.nio.file.Path.of(name))) {
        continue;
      }
      if (rest.isEmpty()) {
        found.add(child);
      } else if (child.isDir()) {
        descend(system, child, rest, found);
      }
    }
  }

  private static FileStatus[] children(FileSystem system, FileStatus folder) throws IOException {
    FileStatus[] children = system.listStatus(folder.getPath());
    return children == null ? new FileStatus[0] : children;
  }
}
