package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.jobs.cluster.ChildJvm;
import dev.millrace.schemas.Recommendation;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A feed whose output or whose checkpoints go to a disk that gets full: a small file system that is
 * mounted for the run alone, which Linux lets anybody do in a namespace of their own, where it is
 * not forbidden.
 */
final class FullDiskIT {

  private static final List<String> IN_OWN_NAMESPACE =
      List.of("unshare", "--map-root-user", "--mount", "sh", "-c");

  /** What is in the file system is gone with the namespace. */
  private static final String WITH_SMALL_DISK =
      """
      mount -t tmpfs -o size=16m none "$SMALL_DISK" && "$0" "$@"
      code=$?
      cp -r "$SMALL_DISK/feed" "$COPY"
      exit $code
      """;

  private static final String WITH_SMALL_DISK_FOR_TEMPORARY_FILES =
      """
      mount -t tmpfs -o size=128m none "$TEMPORARY" && exec "$0" "$@"
      """;

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @TempDir Path folder;

  @BeforeAll
  static void mayMount() throws InterruptedException {
    assumeTrue(mounts(), "Skipped: 'unshare --map-root-user --mount' may not mount here.");
  }

  @Test
  void endsARunThatSaysWhereToMakeRoom() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Path copy = folder.resolve("copy");
    List<String> launcher = new ArrayList<>(IN_OWN_NAMESPACE);
    launcher.add(WITH_SMALL_DISK);
    try (ChildJvm run =
        MillraceProcess.start(
            folder.resolve("said.txt"),
            launcher,
            Map.of("SMALL_DISK", disk.toString(), "COPY", copy.toString()),
            "feed",
            "--duration=10 min",
            "--parallelism=2",
            "--checkpoint-interval=500 ms",
            "--output=" + disk.resolve("feed"))) {
      Path seen = asSeenBy(run, disk);
      run.until(
          "has committed", PATIENCE, () -> assertThat(parts(seen.resolve("feed"))).isPositive());
      fill(seen.resolve("filler"));
      assertThat(run.await()).as(run::said).isEqualTo(ExitCode.FAILED);
      assertThat(run.said())
          .contains("No space left on device. Make room where the output and the dead letters go")
          .doesNotContain("\tat ");
    }
    assertThat(committedOnce(copy)).isNotEmpty();
  }

  @Test
  void underCheckpointsEndsARunThatSaysWhereTheyGo() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    Path output = folder.resolve("feed");
    List<String> launcher = new ArrayList<>(IN_OWN_NAMESPACE);
    launcher.add(WITH_SMALL_DISK_FOR_TEMPORARY_FILES);
    try (ChildJvm run =
        MillraceProcess.start(
            folder.resolve("said.txt"),
            launcher,
            Map.of(
                "TEMPORARY",
                temporary.toString(),
                "JAVA_TOOL_OPTIONS",
                "-Djava.io.tmpdir=" + temporary),
            "feed",
            "--duration=10 min",
            "--parallelism=2",
            "--checkpoint-interval=500 ms",
            "--output=" + output)) {
      run.until("has committed", PATIENCE, () -> assertThat(parts(output)).isPositive());
      fill(asSeenBy(run, temporary).resolve("filler"));
      assertThat(run.await()).as(run::said).isEqualTo(ExitCode.FAILED);
      assertThat(run.said())
          .contains("Its checkpoints failed", "temporary files in " + temporary, "MiB are free")
          .doesNotContain("\tat ");
    }
    assertThat(committedOnce(output)).isNotEmpty();
  }

  /** What is mounted for a run alone. */
  private static Path asSeenBy(ChildJvm run, Path mounted) {
    return Path.of("/proc/" + run.pid() + "/root" + mounted);
  }

  private static void fill(Path filler) throws IOException {
    byte[] block = new byte[1 << 16];
    try (OutputStream out = Files.newOutputStream(filler)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException full) {
      assertThat(full).hasMessageContaining("No space left on device");
    }
  }

  private static long parts(Path output) throws IOException {
    try (Stream<Path> files = Files.list(output)) {
      return files.filter(file -> file.getFileName().toString().startsWith("part-")).count();
    }
  }

  private static List<Recommendation> committedOnce(Path output) throws IOException {
    List<Recommendation> committed = CommandRun.read(output, Recommendation.class);
    assertThat(committed.stream().map(feed -> feed.getUserId() + " " + feed.getEventTime()))
        .as("what was committed is there once")
        .doesNotHaveDuplicates();
    return committed;
  }

  private static boolean mounts() throws InterruptedException {
    List<String> command = new ArrayList<>(IN_OWN_NAMESPACE);
    command.add("mount -t tmpfs none /tmp");
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException noSuchProgram) {
      return false;
    }
  }
}
