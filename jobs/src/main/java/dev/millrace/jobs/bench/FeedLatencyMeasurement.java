package dev.millrace.jobs.bench;

import dev.millrace.operators.InferenceSettings;
import dev.millrace.pipelines.Embed;
import dev.millrace.pipelines.recommend.EmbeddedItem;
import dev.millrace.pipelines.recommend.Recommend;
import dev.millrace.pipelines.recommend.RecommendSettings;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Recommendation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/** How long a person waits for the feed after a basket. */
final class FeedLatencyMeasurement implements Measurement {

  private static final String ROW = "feed-latency";
  private static final int BASKETS_A_SECOND = 500;
  private static final int PEOPLE = 10_000;
  private static final int PARALLELISM = 2;
  private static final String WHAT =
      "A feed at %d baskets a second of three items, of %,d people, one basket in twenty with an item that was never there: from a basket's arrival to its feed, new items embedded, the 99th percentile."
          .formatted(BASKETS_A_SECOND, PEOPLE);
  private static final Requirement REQUIREMENT = Requirement.atMost(1000);
  private static final double SHARE = 0.99;
  private static final double WARM_UP = 0.3;
  private static final double LEAST_FEEDS = 0.99;

  /** What was bought before, so that people have histories and items have companions. */
  private static final int BASKETS_BEFORE = 30_000;

  /** What the sinks of the run that is under way saw; one at a time. */
  private static final Queue<Seen> SEEN = new ConcurrentLinkedQueue<>();

  private record Seen(long basketAt, long waited) {}

  @Override
  public List<String> rows() {
    return List.of(ROW);
  }

  @Override
  public double weight(Bench bench) {
    return 6;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    long seconds = Math.max(8, Math.min(40, time.toSeconds() * 7 / 10));
    int baskets = BASKETS_BEFORE + (int) seconds * BASKETS_A_SECOND;
    List<String> numbers = IntStream.range(0, baskets).mapToObj(Integer::toString).toList();
    report.say(ROW + ": " + seconds + " s at parallelism " + PARALLELISM);
    try (JobRun run = new JobRun(numbers, baskets, JobRun.Watcher.NONE)) {
      StreamExecutionEnvironment environment = JobCluster.environment(PARALLELISM);
      feed(environment, run, bench.options(bench.usual()), bench.texts().shortTexts())
          .map(new Watch(run.number()), Types.LONG)
          .sinkTo(new DiscardingSink<>());
      bench.cluster().run(environment);
    }
    List<Seen> seen = List.copyOf(SEEN);
    SEEN.clear();
    requireAll(seen, baskets);
    report.add(
        Row.absolute(
            ROW,
            WHAT,
            "ms",
            new Samples(Samples.quantile(atPace(seen, seconds * 1000), SHARE)),
            REQUIREMENT));
  }

  /** Two baskets of one person in one millisecond share a feed. */
  private static void requireAll(List<Seen> seen, int baskets) {
    if (seen.size() < baskets * LEAST_FEEDS) {
      throw new IllegalStateException(
          "After "
              + baskets
              + " baskets there were only "
              + seen.size()
              + " feeds. The measurement counts for nothing.");
    }
  }

  /** Without what came before, and without the time in which that was caught up with. */
  private static double[] atPace(List<Seen> seen, long millis) {
    long last = seen.stream().mapToLong(Seen::basketAt).max().orElseThrow();
    long from = last - (long) (millis * (1 - WARM_UP));
    return seen.stream().filter(one -> one.basketAt() >= from).mapToDouble(Seen::waited).toArray();
  }

  private static DataStream<Recommendation> feed(
      StreamExecutionEnvironment environment, JobRun run, Configuration options, Corpus corpus) {
    DataStream<Interaction> bought =
        TextSource.of(environment, run, BASKETS_BEFORE, 1_000_000_000L / BASKETS_A_SECOND)
            .setParallelism(1)
            // The source sleeps between baskets.
            .disableChaining()
            .flatMap(
                new Baskets(corpus.first(Baskets.ITEMS_BEFORE)),
                new AvroTypeInfo<>(Interaction.class))
            .setParallelism(1)
            .assignTimestampsAndWatermarks(
                WatermarkStrategy.<Interaction>forMonotonousTimestamps()
                    .withTimestampAssigner((row, before) -> row.getEventTime().toEpochMilli()))
            .setParallelism(1);
    DataStream<Interaction> firsts =
        bought
            .keyBy(Interaction::getItemId, Types.STRING)
            .process(new FirstOfItem(), new AvroTypeInfo<>(Interaction.class));
    DataStream<EmbeddedItem> items =
        Embed.stream("embed items", firsts, Interaction::getText, InferenceSettings.from(options))
            .rows()
            .map(
                row ->
                    new EmbeddedItem(
                        row.f0.getItemId(),
                        row.f0.getText(),
                        row.f0.getEventTime().toEpochMilli(),
                        row.f1),
                TypeInformation.of(EmbeddedItem.class));
    return Recommend.feed(
            bought, items, RecommendSettings.of(20, "", "").withBasketGap(Duration.ZERO))
        .recommendations();
  }

  private static final class Watch implements MapFunction<Recommendation, Long> {
    private static final long serialVersionUID = 1L;

    private final long run;

    Watch(long run) {
      this.run = run;
    }

    @Override
    public Long map(Recommendation feed) {
      long basketAt = feed.getEventTime().toEpochMilli();
      long waited = System.currentTimeMillis() - basketAt;
      SEEN.add(new Seen(basketAt, waited));
      JobRun.of(run).receive((float) waited);
      return waited;
    }
  }

  /** An item's first row. */
  private static final class FirstOfItem
      extends KeyedProcessFunction<String, Interaction, Interaction> {

    private static final long serialVersionUID = 1L;

    private transient ValueState<Boolean> known;

    @SuppressWarnings("NullAway.Init")
    FirstOfItem() {}

    @Override
    public void open(OpenContext context) {
      known = getRuntimeContext().getState(new ValueStateDescriptor<>("known", Types.BOOLEAN));
    }

    @Override
    public void processElement(Interaction row, Context context, Collector<Interaction> out)
        throws Exception {
      if (known.value() == null) {
        known.update(true);
        out.collect(row);
      }
    }
  }

  /** Baskets by their number: those before are of the last weeks, the others of now. */
  private static final class Baskets implements FlatMapFunction<String, Interaction> {

    private static final long serialVersionUID = 1L;

    static final int ITEMS_BEFORE = 2_000;

    private static final int ITEMS_OF_BASKET = 3;
    private static final int EACH_WITH_NEW_ITEM = 20;
    private static final long MILLIS_BETWEEN_BEFORE = 120_000;

    private final List<String> texts;

    Baskets(List<String> texts) {
      this.texts = List.copyOf(texts);
    }

    @Override
    public void flatMap(String text, Collector<Interaction> out) {
      int number = Integer.parseInt(text);
      SplittableRandom random = new SplittableRandom(number);
      boolean before = number < BASKETS_BEFORE;
      Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
      Instant time =
          before ? now.minusMillis(MILLIS_BETWEEN_BEFORE * (BASKETS_BEFORE - number)) : now;
      String person = "p" + random.nextInt(PEOPLE);
      for (int i = 0; i < ITEMS_OF_BASKET; i++) {
        boolean isNew = !before && i == 0 && number % EACH_WITH_NEW_ITEM == 0;
        // Squared, so that some items are bought much more than others.
        int known = (int) (random.nextDouble() * random.nextDouble() * texts.size());
        out.collect(
            Interaction.newBuilder()
                .setUserId(person)
                .setItemId(isNew ? "new" + number : "i" + known)
                .setText(isNew ? texts.get(known) + " " + number : texts.get(known))
                .setBasketId("b" + number)
                .setEventTime(time)
                .build());
      }
    }
  }
}
