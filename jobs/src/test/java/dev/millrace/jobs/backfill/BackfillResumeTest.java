package dev.millrace.jobs.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is killed, as a process, and started again writes what an undisturbed one writes. */
class BackfillResumeTest {

  private static final int MOMENTS = Integer.getInteger("millrace.test.kills", 3);
  private static final long SEED = Long.getLong("millrace.test.seed", 20240229L);

  /** So many that some are left after the last moment. */
  private static final int ROWS = Math.max(3_000, 400 * MOMENTS);

  private static final int ROWS_PER_FILE = 100;

  @TempDir Path folder;

  @Test
  void killedAtSeededMomentsItEndsAsIfItHadNotBeen() throws Exception {
    Path input = input();
    Path undisturbed = folder.resolve("undisturbed");
    BackfillRuns runs = new BackfillRuns();
    runs.succeed(options(input, undisturbed));

    Path output = folder.resolve("killed");
    Random random = new Random(SEED);
    List<Integer> moments = new ArrayList<>();
    Map<String, Long> before = new TreeMap<>();
    for (int moment = 0; moment < MOMENTS; moment++) {
      int parts = (moment + 1) * (ROWS / ROWS_PER_FILE) / (MOMENTS + 2);
      int pause = random.nextInt(200);
      moments.add(parts);
      killWhen(parts, pause, input, output);
      for (var entry : before.entrySet()) {
        assertThat(entries(output))
            .as("what was done is not done again; seed %d, moments %s", SEED, moments)
            .containsEntry(entry.getKey(), entry.getValue());
      }
      before = entries(output);
    }
    runs.succeed(options(input, output));

    assertThat(runs.said()).contains("Going on where an earlier run was");
    assertThat(entries(output)).containsAllEntriesOf(before);
    assertThat(names(output)).isEqualTo(names(undisturbed));
    List<JsonNode> expected = BackfillRuns.json(undisturbed);
    List<JsonNode> found = BackfillRuns.json(output);
    assertThat(found).as("seed %d, moments %s", SEED, moments).hasSize(ROWS);
    for (int i = 0; i < ROWS; i++) {
      assertThat(found.get(i).get("id").asInt()).isEqualTo(i);
      assertThat(found.get(i).get("text")).isEqualTo(expected.get(i).get("text"));
      assertThat(found.get(i).get("embedding").size()).isEqualTo(384);
      for (int at = 0; at < 384; at++) {
        assertThat(found.get(i).get("embedding").get(at).floatValue())
            .as("row %d, seed %d, moments %s", i, SEED, moments)
            .isCloseTo(
                expected.get(i).get("embedding").get(at).floatValue(),
                org.assertj.core.data.Offset.offset(1e-5f));
      }
    }
    assertThat(runs.run(options(input, output))).isZero();
    assertThat(runs.said()).contains("Nothing to do: all %,d rows".formatted(ROWS));
  }

  private void killWhen(int parts, int pauseMillis, Path input, Path output) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String opened : List.of("java.nio", "java.lang", "java.util", "java.time")) {
      command.add("--add-opens=java.base/" + opened + "=ALL-UNNAMED");
    }
    command.addAll(
        List.of(
            "-Xmx700m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.millrace.jobs.Millrace",
            "backfill"));
    command.addAll(List.of(options(input, output)));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log.txt").toFile())
            .start();
    try {
      Awaitility.await()
          .atMost(Duration.ofMinutes(5))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> entries(output).size() >= parts || !process.isAlive());
      assertThat(process.isAlive()).as(() -> "it ended too early: " + log()).isTrue();
      process.waitFor(pauseMillis, TimeUnit.MILLISECONDS);
    } finally {
      process.destroyForcibly();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    }
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("log.txt"));
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  private static String[] options(Path input, Path output) {
    return new String[] {
      "--input=" + input,
      "--text-column=text",
      "--output=" + output,
      "--output-format=jsonl",
      "--rows-per-file=" + ROWS_PER_FILE,
      "--parallelism=2"
    };
  }

  private Path input() throws IOException {
    StringBuilder rows = new StringBuilder("id,text\n");
    for (int i = 0; i < ROWS; i++) {
      rows.append(i).append(",mug ").append(i).append('\n');
    }
    return Files.writeString(folder.resolve("rows.csv"), rows);
  }

  /** The parts that are done, and when each was. */
  private static Map<String, Long> entries(Path output) throws IOException {
    Map<String, Long> entries = new TreeMap<>();
    Path parts = output.resolve(RunFolder.STATE).resolve("parts");
    if (Files.exists(parts)) {
      try (Stream<Path> files = Files.list(parts)) {
        for (Path file : files.toList()) {
          String name = file.getFileName().toString();
          if (name.startsWith("part-")) {
            entries.put(name, Files.getLastModifiedTime(file).toMillis());
          }
        }
      }
    }
    return entries;
  }

  private static List<String> names(Path output) throws IOException {
    return BackfillRuns.parts(output).stream().map(f -> f.getFileName().toString()).toList();
  }
}
