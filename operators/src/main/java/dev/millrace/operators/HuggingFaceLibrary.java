package dev.millrace.operators;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Loads the native code of Hugging Face's library.
 *
 * <p>The library extracts it to one path for all, and a JVM loads a file for one class loader only:
 * on a cluster, the second job that came in a jar of its own would fail. So a class loader that is
 * not the JVM's own has a copy of its own.
 */
final class HuggingFaceLibrary {

  private static final String LOADS = "ai.djl.huggingface.tokenizers.jni.LibUtils";
  private static final String WHERE = "ENGINE_CACHE_DIR";

  private static boolean loaded;

  private HuggingFaceLibrary() {}

  /**
   * Loads it, unless that was done.
   *
   * @throws IOException if a copy cannot be written to the folder for temporary files
   * @throws LinkageError if it cannot be loaded on this machine
   */
  static synchronized void load() throws IOException {
    ClassLoader loader = HuggingFaceLibrary.class.getClassLoader();
    if (loaded) {
      return;
    }
    if (loader == ClassLoader.getSystemClassLoader()) {
      initialise(loader);
    } else {
      Path copy = Files.createTempDirectory("millrace-tokenizer");
      try {
        loadFrom(copy, loader);
      } finally {
        // What is mapped stays so.
        delete(copy);
      }
    }
    loaded = true;
  }

  private static void loadFrom(Path folder, @Nullable ClassLoader loader) {
    // The property is the process's; this is a lock that all class loaders see.
    synchronized (Runtime.getRuntime()) {
      String before = System.getProperty(WHERE);
      System.setProperty(WHERE, folder.toString());
      try {
        initialise(loader);
      } finally {
        if (before == null) {
          System.clearProperty(WHERE);
        } else {
          System.setProperty(WHERE, before);
        }
      }
    }
  }

  private static void initialise(@Nullable ClassLoader loader) {
    try {
      Class<?> unused = Class.forName(LOADS, true, loader);
    } catch (ClassNotFoundException missing) {
      throw new IllegalStateException("Hugging Face's library is not on the class path.", missing);
    }
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> found = Files.walk(folder)) {
      all = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path one : all) {
      Files.deleteIfExists(one);
    }
  }
}
