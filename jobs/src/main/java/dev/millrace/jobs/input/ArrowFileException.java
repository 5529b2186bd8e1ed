package dev.millrace.jobs.input;

import dev.millrace.accelerator.OffHeapMemory;
import java.io.IOException;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/** Says which Arrow file cannot be read, why, and what to do. */
final class ArrowFileException extends IOException {

  private static final long serialVersionUID = 1L;

  ArrowFileException(Path path, String trouble) {
    this(path, trouble, null);
  }

  private ArrowFileException(Path path, String trouble, @Nullable Exception cause) {
    super("The file " + path + " " + trouble, cause);
  }

  /** What {@code failed} means for a file. */
  static ArrowFileException of(Path path, Exception failed) {
    if (failed instanceof ArrowFileException told) {
      return told;
    }
    if (failed instanceof NoCompression.CompressedException) {
      return new ArrowFileException(
          path,
          failed.getMessage()
              + ". Write it without compression, for example with"
              + " pyarrow.ipc.IpcWriteOptions(compression=None).",
          failed);
    }
    if (failed instanceof OutOfMemoryException) {
      return new ArrowFileException(
          path,
          "has a batch for which no memory is left: "
              + OffHeapMemory.allocatedBytes()
              + " of "
              + OffHeapMemory.limitBytes()
              + " bytes are held. Raise -D"
              + OffHeapMemory.LIMIT_PROPERTY
              + ", or write fewer rows into each batch.",
          failed);
    }
    return new ArrowFileException(
        path,
        "cannot be read: "
            + failed.getMessage()
            + ". If it is there and this process may read it, it is cut off or damaged: write or"
            + " copy it again.",
        failed);
  }
}
