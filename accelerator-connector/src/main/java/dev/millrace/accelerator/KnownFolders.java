package dev.millrace.accelerator;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folders that were read as models, while there is memory for them: many subtasks ask for the
 * same one at the same time, and each would read and hash all its bytes.
 *
 * <p>A folder counts as unchanged while its files have the same names, sizes, times and identities.
 * Files that were written just before they were read could change again within one tick of the file
 * system's clock, so such a folder is read anew.
 */
final class KnownFolders {

  private static final Duration TICK = Duration.ofSeconds(2);

  /** The graph's own folder is one below the model's. */
  private static final int DEPTH = 2;

  private record Known(List<String> files, SoftReference<Model> model) {}

  private static final Map<String, Known> KNOWN = new HashMap<>();

  private KnownFolders() {}

  /** The model that was read from the folder, or what {@code read} gives. */
  static synchronized Model get(String name, Path folder, Supplier<Model> read) {
    Instant now = Instant.now();
    String key = name + "\n" + folder.toAbsolutePath();
    List<String> files = files(folder, now.minus(TICK));
    Known known = KNOWN.get(key);
    Model model = known == null || !known.files().equals(files) ? null : known.model().get();
    if (model == null) {
      KNOWN.remove(key);
      model = read.get();
      if (files != null) {
        KNOWN.put(key, new Known(files, new SoftReference<>(model)));
      }
    }
    return model;
  }

  /** Null if they cannot be listed, or one is younger than {@code youngest}. */
  private static @Nullable List<String> files(Path folder, Instant youngest) {
    try (Stream<Path> paths = Files.walk(folder, DEPTH)) {
      List<Path> all = paths.filter(Files::isRegularFile).sorted().toList();
      List<String> described = new ArrayList<>();
      for (Path file : all) {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (attributes.lastModifiedTime().toInstant().isAfter(youngest)) {
          return null;
        }
        described.add(
            file
                + " "
                + attributes.size()
                + " "
                + attributes.lastModifiedTime()
                + " "
                + attributes.fileKey());
      }
      return described;
    } catch (IOException unreadable) {
      return null;
    }
  }
}
