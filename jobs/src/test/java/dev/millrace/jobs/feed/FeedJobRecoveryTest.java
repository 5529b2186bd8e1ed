package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.flink.FlinkHome;
import dev.millrace.pipelines.recommend.ItemOffer;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import dev.millrace.schemas.Recommendation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A job that fails twice counts and writes what one that never fails does. */
final class FeedJobRecoveryTest {

  private static final int ROWS = 200_000;
  private static final int FAILURES = 2;

  // The operators run in this process, as copies: a static is what they share with the test.
  private static final AtomicInteger FAILED = new AtomicInteger();

  @TempDir Path folder;

  @Test
  void countsAndFilesAreExactlyOnce() throws Exception {
    FAILED.set(0);
    Path input = folder.resolve("rows.csv");
    Files.writeString(input, rows());
    Map<String, String> given =
        Map.of(
            "interactions",
            input.toString(),
            "output",
            folder.resolve("feed").toString(),
            "parallelism",
            "2",
            "checkpoint-interval",
            "50 ms");
    Problems problems = new Problems();
    Configuration values = Configuration.fromMap(given);
    FeedPipeline pipeline = new Failing();
    FeedSettings settings =
        Objects.requireNonNull(
            FeedCheck.check(values, given, pipeline, problems), () -> problems.describe("feed"));
    settings.output().prepare();
    settings.deadLetters().prepare();
    FeedRun run;
    try (FlinkHome home = FlinkHome.open(settings.parallelism(), false)) {
      FeedJob.build(home.environment(), settings, pipeline, values);
      JobClient job = home.environment().executeAsync("recovery");
      run = new FeedRun(job, System.nanoTime());
      run.await(report -> {});
    }
    assertThat(run.failure()).isNull();
    assertThat(FAILED.get()).as("failures that were injected").isEqualTo(FAILURES);

    FeedReport report = run.report();
    assertThat(report.rowsRead()).isEqualTo(ROWS);
    assertThat(report.figures().count(Figure.DEAD_LETTERS)).isEqualTo(ROWS / 100);
    assertThat(report.rowsInvalid()).isEqualTo(ROWS / 100);
    long interactions = ROWS - 2 * (ROWS / 100);
    assertThat(report.figures().count(Figure.INTERACTIONS)).isEqualTo(interactions);
    assertThat(report.figures().count(Figure.RECOMMENDATIONS)).isEqualTo(interactions);
    assertThat(report.figures().count(Figure.PEOPLE)).isEqualTo(98);
    assertThat(report.figures().count(Figure.ITEMS)).isEqualTo(10);
    assertThat(distinctTimes(folder.resolve("feed"))).isEqualTo(interactions);
  }

  private static String rows() {
    StringBuilder rows = new StringBuilder("user,item,text,time\n");
    for (int i = 0; i < ROWS; i++) {
      switch (i % 100) {
        case 0 -> rows.append("broken\n");
        case 1 -> rows.append(",i,t,2025-01-01\n");
        default ->
            rows.append('u')
                .append(i % 100)
                .append(",i")
                .append(i % 10)
                .append(",t,2025-01-01T00:")
                .append(String.format("%02d:%02d.%03d", i / 60_000 % 60, i / 1_000 % 60, i % 1_000))
                .append("Z\n");
      }
    }
    return rows.toString();
  }

  /** Reads the whole feed; each row's time is its own, so a row written twice shows. */
  private static long distinctTimes(Path feed) throws IOException {
    Set<Long> times = new HashSet<>();
    long rows = 0;
    try (Stream<Path> files = Files.list(feed)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".avro")).toList()) {
        assertThat(file.getFileName().toString()).startsWith("part-");
        try (DataFileReader<Recommendation> reader =
            new DataFileReader<>(file.toFile(), new SpecificDatumReader<>(Recommendation.class))) {
          for (Recommendation row : reader) {
            times.add(row.getEventTime().toEpochMilli());
            rows++;
          }
        }
      }
    }
    assertThat(rows).isEqualTo(times.size());
    return rows;
  }

  /** One recommendation for each interaction, and a failure after each of the first checkpoints. */
  private static final class Failing implements FeedPipeline {
    @Override
    public List<ConfigOption<?>> options() {
      return List.of();
    }

    @Override
    public void check(ReadableConfig values, Problems problems) {}

    @Override
    public String describe(ReadableConfig values) {
      return "";
    }

    @Override
    public Streams build(
        ReadableConfig values,
        int topK,
        DataStream<Interaction> interactions,
        DataStream<Item> items,
        DataStream<ItemOffer> offers) {
      DataStream<Recommendation> feed =
          interactions
              .rebalance()
              .map(new Recommending())
              .returns(new AvroTypeInfo<>(Recommendation.class))
              .uid("recommending");
      return new Streams(
          feed,
          items.map(item -> new Tally(), TypeInformation.of(Tally.class)).uid("no tallies"),
          items
              .<PersonFeed>flatMap((item, out) -> {})
              .returns(TypeInformation.of(PersonFeed.class))
              .uid("no examples"),
          items
              .<DeadLetter>flatMap((item, out) -> {})
              .returns(new AvroTypeInfo<>(DeadLetter.class))
              .uid("no dead letters"),
          null);
    }
  }

  private static final class Recommending extends RichMapFunction<Interaction, Recommendation>
      implements CheckpointListener {
    private static final long serialVersionUID = 1L;
    private transient boolean checkpointed;

    @Override
    public Recommendation map(Interaction row) {
      if (checkpointed && FAILED.get() < FAILURES) {
        checkpointed = false;
        if (FAILED.getAndIncrement() < FAILURES) {
          throw new IllegalStateException("A failure that the test wants.");
        }
        FAILED.decrementAndGet();
      }
      return Recommendation.newBuilder()
          .setUserId(row.getUserId())
          .setEventTime(row.getEventTime())
          .setModel("none")
          .setModelDigest("none")
          .setItems(List.of())
          .build();
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
      checkpointed = true;
    }
  }
}
