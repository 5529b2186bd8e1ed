package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Recommendation;
import dev.millrace.schemas.RecommendedItem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.jspecify.annotations.Nullable;

/** The real topology on lists, its output as lines that can be compared. */
final class Topology {
  private Topology() {}

  /** A cluster for all runs of a test class. */
  static MiniClusterExtension cluster() {
    return new MiniClusterExtension(
        new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(4)
            .build());
  }

  /** Everything that comes out, sorted: the same rows give the same lines. */
  static List<String> run(
      List<Interaction> interactions,
      List<EmbeddedItem> items,
      RecommendSettings settings,
      int parallelism,
      Duration disorder)
      throws Exception {
    return run(interactions, items, List.of(), settings, parallelism, disorder);
  }

  /** The same with what is to be had. */
  static List<String> run(
      List<Interaction> interactions,
      List<EmbeddedItem> items,
      List<ItemOffer> offers,
      RecommendSettings settings,
      int parallelism,
      Duration disorder)
      throws Exception {
    return run(interactions, items, offers, settings, null, parallelism, disorder);
  }

  /** The same with a ranking model. */
  static List<String> run(
      List<Interaction> interactions,
      List<EmbeddedItem> items,
      List<ItemOffer> offers,
      RecommendSettings settings,
      @Nullable RankingModel model,
      int parallelism,
      Duration disorder)
      throws Exception {
    return collect(
        feed(environment(parallelism), interactions, items, offers, settings, model, disorder));
  }

  static RecommendStreams feed(
      StreamExecutionEnvironment env,
      List<Interaction> interactions,
      List<EmbeddedItem> items,
      List<ItemOffer> offers,
      RecommendSettings settings,
      @Nullable RankingModel model,
      Duration disorder) {
    DataStream<Interaction> rows =
        env.fromData(interactions, new AvroTypeInfo<>(Interaction.class))
            .rebalance()
            .map(row -> row, new AvroTypeInfo<>(Interaction.class))
            .assignTimestampsAndWatermarks(
                everyRow(disorder, (Interaction row) -> row.getEventTime().toEpochMilli()));
    DataStream<EmbeddedItem> embedded =
        items(env, items).assignTimestampsAndWatermarks(everyRow(disorder, item -> item.eventTime));
    if (offers.isEmpty()) {
      return Recommend.feed(rows, embedded, null, settings, model);
    }
    return Recommend.feed(
        rows,
        embedded,
        env.fromData(offers, TypeInformation.of(ItemOffer.class))
            .assignTimestampsAndWatermarks(everyRow(disorder, offer -> offer.eventTime)),
        settings,
        model);
  }

  /** Of no elements, {@code fromData} makes a source that fails. */
  static DataStream<EmbeddedItem> items(StreamExecutionEnvironment env, List<EmbeddedItem> items) {
    List<EmbeddedItem> some = items.isEmpty() ? List.of(new EmbeddedItem()) : items;
    return env.fromData(some, TypeInformation.of(EmbeddedItem.class))
        .filter(item -> !item.itemId.isEmpty());
  }

  /** Without generic types: what Kryo writes does not evolve. */
  static StreamExecutionEnvironment environment(int parallelism) {
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    env.setParallelism(parallelism);
    return env;
  }

  static DataStream<String> lines(RecommendStreams streams) {
    return streams
        .recommendations()
        .map(Topology::line, Types.STRING)
        .union(streams.outcomes().map(Topology::line, Types.STRING));
  }

  static List<String> collect(RecommendStreams streams) throws Exception {
    List<String> all = new ArrayList<>();
    CloseableIterator<String> results = lines(streams).executeAndCollect();
    try {
      results.forEachRemaining(all::add);
    } finally {
      results.close();
    }
    all.sort(null);
    return all;
  }

  static String line(Recommendation feed) {
    StringBuilder line = new StringBuilder("feed ");
    line.append(feed.getUserId()).append(' ').append(feed.getEventTime().toEpochMilli());
    for (RecommendedItem item : feed.getItems()) {
      line.append(' ')
          .append(item.getItemId())
          .append(':')
          .append(item.getScore())
          .append(':')
          .append(item.getReason())
          .append(':')
          .append(item.getBecauseOf());
    }
    return line.toString();
  }

  static String line(BasketOutcome outcome) {
    return "outcome %d items=%d part=%b late=%b first=%b evaluated=%b hit=%b recall=%s popularityHit=%b popularityRecall=%s new=%d newRecall=%s discoveryRecall=%s cold=%d coldFound=%d alike=%d blend=%s"
        .formatted(
            outcome.time,
            outcome.items,
            outcome.part,
            outcome.late,
            outcome.firstOfPerson,
            outcome.evaluated,
            outcome.hit,
            outcome.recall,
            outcome.popularityHit,
            outcome.popularityRecall,
            outcome.newItems,
            outcome.newRecall,
            outcome.discoveryRecall,
            outcome.coldPlaces,
            outcome.coldFound,
            outcome.alikePlaces,
            outcome.blendRecall);
  }

  interface TimeOf<T> extends java.io.Serializable {
    long of(T row);
  }

  /** Watermarks with every row and not by the clock, so that much happens in a short test. */
  static <T> WatermarkStrategy<T> everyRow(Duration disorder, TimeOf<T> time) {
    long bound = disorder.toMillis();
    return WatermarkStrategy.<T>forGenerator(context -> new EveryRow<>(bound))
        .withTimestampAssigner((row, previous) -> time.of(row));
  }

  private static final class EveryRow<T> implements WatermarkGenerator<T> {
    private final long bound;
    private long latest = Long.MIN_VALUE;

    EveryRow(long bound) {
      this.bound = bound;
    }

    @Override
    public void onEvent(T row, long timestamp, WatermarkOutput output) {
      latest = Math.max(latest, timestamp);
      output.emitWatermark(new Watermark(latest - bound - 1));
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {}
  }
}
