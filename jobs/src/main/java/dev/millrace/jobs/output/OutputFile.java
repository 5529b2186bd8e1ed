package dev.millrace.jobs.output;

import dev.millrace.jobs.cli.Problems;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** A file that a command writes when it is done. */
public final class OutputFile {

  private OutputFile() {}

  /** Adds a problem if the file could not be written. Leaves nothing behind. */
  public static void check(String option, String value, Problems problems) {
    Path created = null;
    try {
      Path file = Path.of(value).toAbsolutePath();
      if (Files.isDirectory(file) || file.getParent() == null) {
        problems.add(option, value, "it is a folder. Name a file.");
        return;
      }
      for (Path at = file.getParent(); at != null && !Files.exists(at); at = at.getParent()) {
        created = at;
      }
      Files.createDirectories(file.getParent());
      Files.delete(Files.createTempFile(file.getParent(), ".millrace-probe", null));
      if (Files.exists(file) && !Files.isWritable(file)) {
        throw new IOException("the file is there and is not writable");
      }
    } catch (IOException | InvalidPathException | SecurityException unwritable) {
      problems.add(
          option,
          value,
          "it cannot be written ("
              + reason(unwritable)
              + "). Name a file in a folder that can be made and written.");
    } finally {
      remove(created, value);
    }
  }

  private static void remove(@Nullable Path created, String value) {
    if (created == null) {
      return;
    }
    try {
      for (Path at = Path.of(value).toAbsolutePath().getParent();
          at != null && at.startsWith(created);
          at = at.getParent()) {
        Files.deleteIfExists(at);
      }
    } catch (IOException somebodyElseUsesIt) {
      // An empty folder is left; the job would have made it.
    }
  }

  /** Writes the whole file at once: a reader sees the old one or the new one. */
  public static void write(Path file, String content) throws IOException {
    Path absolute = file.toAbsolutePath();
    Path folder = absolute.getParent();
    if (folder == null) {
      throw new IOException(file + " is a folder.");
    }
    Files.createDirectories(folder);
    // Not a temporary file of Java's: those are for their owner's eyes alone.
    Path fresh = folder.resolve("." + absolute.getFileName() + ".tmp");
    try {
      Files.writeString(fresh, content);
      Files.move(fresh, absolute, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private static String reason(Exception failure) {
    if (failure instanceof FileSystemException named) {
      String what =
          named.getReason() == null ? named.getClass().getSimpleName() : named.getReason();
      return named.getFile() + ": " + what;
    }
    return String.valueOf(failure.getMessage());
  }
}
