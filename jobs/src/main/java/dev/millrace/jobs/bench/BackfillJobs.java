package dev.millrace.jobs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.jobs.backfill.BackfillCommands;
import dev.millrace.jobs.backfill.BackfillOptions;
import dev.millrace.jobs.backfill.VectorFormat;
import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.jobs.cli.MillraceCommandLine;
import dev.millrace.jobs.output.TableOutput;
import dev.millrace.jobs.output.TableWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.FileUtils;

/**
 * Back-fills as users run them: the whole command on a file, from its options to its report. The
 * job is submitted to the benchmark's cluster.
 */
final class BackfillJobs implements AutoCloseable {

  /**
   * How a back-fill went.
   *
   * @param beganMillis when the job ran, in milliseconds of the epoch
   * @param endedMillis when it was finished
   * @param rowsPerSecond from the one to the other
   * @param rowsPerCpuSecond by the processor time of the whole process, from the job's submission
   */
  record Figures(
      long beganMillis, long endedMillis, double rowsPerSecond, double rowsPerCpuSecond) {}

  private static final Schema COLUMNS =
      new Schema(
          List.of(
              new Field("id", FieldType.notNullable(new ArrowType.Int(Long.SIZE, true)), null),
              new Field("text", FieldType.nullable(ArrowType.Utf8.INSTANCE), null)));
  private static final int ROWS_AT_ONCE = 4_096;

  private final JobCluster cluster;
  private final Path folder;

  BackfillJobs(JobCluster cluster) throws IOException {
    this.cluster = cluster;
    this.folder = Files.createTempDirectory("millrace-bench-backfill-");
  }

  /** Writes texts and their numbers into a file, in place of one of that format of before. */
  Path write(List<String> texts, TableOutput format) throws IOException {
    Path file = folder.resolve("rows" + format.ending());
    try (MemoryScope scope = MemoryScope.open("rows to back-fill");
        OutputStream out = Files.newOutputStream(file);
        TableWriter writer = format.open(out, COLUMNS)) {
      for (int from = 0; from < texts.size(); from += ROWS_AT_ONCE) {
        try (VectorSchemaRoot root = VectorSchemaRoot.create(COLUMNS, scope.allocator())) {
          int rows = Math.min(ROWS_AT_ONCE, texts.size() - from);
          BigIntVector ids = (BigIntVector) root.getVector("id");
          VarCharVector column = (VarCharVector) root.getVector("text");
          for (int row = 0; row < rows; row++) {
            ids.setSafe(row, from + row);
            column.setSafe(row, texts.get(from + row).getBytes(StandardCharsets.UTF_8));
          }
          root.setRowCount(rows);
          writer.write(root);
        }
      }
    }
    return file;
  }

  /**
   * Runs the command.
   *
   * @param input of {@link #write}
   * @param rows how many it has
   * @param output how the vectors are written; they are removed afterwards
   * @param options of the inference, and what else the command is to be told
   */
  Figures run(Path input, int rows, VectorFormat output, Configuration options) throws Exception {
    Path vectors = folder.resolve("vectors");
    Path report = folder.resolve("report.json");
    List<String> words = new ArrayList<>(List.of("backfill"));
    options.toMap().forEach((key, value) -> words.add("--" + key + "=" + value));
    words.add("--" + BackfillOptions.INPUT.key() + "=" + input);
    words.add("--" + BackfillOptions.TEXT_COLUMN.key() + "=text");
    words.add("--" + BackfillOptions.OUTPUT.key() + "=" + vectors);
    words.add("--" + BackfillOptions.OUTPUT_FORMAT.key() + "=" + output);
    words.add("--" + BackfillOptions.REPORT.key() + "=" + report);
    words.add("--" + BackfillOptions.START_OVER.key());
    CommandJob.Figures figures = cluster.runCommand(() -> command(words));
    requireAll(rows, new JsonMapper().readTree(report.toFile()));
    FileUtils.deleteDirectory(vectors.toFile());
    long millis = figures.endedMillis() - figures.beganMillis();
    return new Figures(
        figures.beganMillis(),
        figures.endedMillis(),
        rows * 1e3 / millis,
        rows / figures.cpuSeconds());
  }

  private static void command(List<String> words) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      int code =
          new MillraceCommandLine("", List.of(BackfillCommands.backfill()))
              .run(words.toArray(String[]::new), new Console(stream, stream, false, false));
      if (code != ExitCode.DONE) {
        throw new IllegalStateException(
            "millrace backfill ended with " + code + ": " + said.toString(StandardCharsets.UTF_8));
      }
    }
  }

  /** Each row was embedded by itself and has its vector. */
  private static void requireAll(int rows, JsonNode report) {
    if (report.get("rows_written").asInt() != rows
        || report.get("rows_without_vector").asInt() != 0
        || report.get("texts_embedded").asInt() != rows) {
      throw new IllegalStateException(
          "Of "
              + rows
              + " rows not each was embedded. The measurement counts for nothing: "
              + report);
    }
  }

  @Override
  public void close() throws IOException {
    FileUtils.deleteDirectory(folder.toFile());
  }
}
