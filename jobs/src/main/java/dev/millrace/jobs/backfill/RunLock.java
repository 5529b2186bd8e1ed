package dev.millrace.jobs.backfill;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a second run out of a folder of this machine. The system gives it back when the process
 * ends, however it ends. Other file systems have no such lock.
 */
final class RunLock implements AutoCloseable {

  private final @Nullable FileChannel channel;

  private RunLock(@Nullable FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @return the lock, or null if another run has it
   */
  static @Nullable RunLock take(org.apache.flink.core.fs.Path output) throws IOException {
    if (output.getFileSystem().isDistributedFS()) {
      return new RunLock(null);
    }
    Path folder = Path.of(output.getPath()).resolve(RunFolder.STATE);
    Files.createDirectories(folder);
    FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new RunLock(channel);
      }
    } catch (OverlappingFileLockException ofThisProcess) {
      // Another run of this very process.
    }
    channel.close();
    return null;
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
