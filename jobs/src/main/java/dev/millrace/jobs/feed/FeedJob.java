package dev.millrace.jobs.feed;

import dev.millrace.jobs.input.Outcome;
import dev.millrace.jobs.input.SourceRow;
import dev.millrace.jobs.lookup.Lookup;
import dev.millrace.jobs.output.FeedSinks;
import dev.millrace.jobs.storefront.StorefrontSource;
import dev.millrace.pipelines.recommend.ItemOffer;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import dev.millrace.schemas.Recommendation;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.jspecify.annotations.Nullable;

/**
 * The wiring of the feed: source, what the rows are, distinct items, the pipeline, sinks, report.
 *
 * <p>The rows are read at parallelism 1, in order; everything behind them is parallel, except the
 * report and the dead letters.
 */
final class FeedJob {

  private static final TypeInformation<Interaction> INTERACTION =
      new AvroTypeInfo<>(Interaction.class);
  private static final TypeInformation<Item> ITEM = new AvroTypeInfo<>(Item.class);
  private static final TypeInformation<DeadLetter> DEAD_LETTER =
      new AvroTypeInfo<>(DeadLetter.class);

  private FeedJob() {}

  /** Adds the job to an environment. */
  static void build(
      StreamExecutionEnvironment env,
      FeedSettings settings,
      FeedPipeline pipeline,
      ReadableConfig values) {
    env.setParallelism(settings.parallelism());
    env.enableCheckpointing(settings.checkpointInterval().toMillis());

    FeedSettings.Input input = settings.input();
    DataStream<SourceRow> rows =
        input == null ? storefront(env, settings.storefront()) : FeedInput.interactions(env, input);
    DataStream<SourceRow> catalogue =
        input == null || input.catalogue() == null ? null : FeedInput.catalogue(env, input);

    DataStream<Tally> tallies = TallyOperator.count("count rows", rows, FeedJob::countRow);
    DataStream<Interaction> interactions =
        part(rows, "interactions", SourceRow::interaction, INTERACTION);
    DataStream<DeadLetter> deadLetters =
        part(rows, "dead letters", SourceRow::deadLetter, DEAD_LETTER);
    if (catalogue != null) {
      tallies =
          tallies.union(TallyOperator.count("count catalogue", catalogue, FeedJob::countCatalogue));
      deadLetters =
          deadLetters.union(
              part(catalogue, "dead letters of the catalogue", SourceRow::deadLetter, DEAD_LETTER));
    }

    SingleOutputStreamOperator<Item> items =
        items(input != null, rows, catalogue, interactions)
            .keyBy(Item::getItemId)
            .process(new DistinctItems(), ITEM)
            .name("distinct items")
            .uid("distinct items");
    DataStream<Tally> people =
        interactions
            .keyBy(Interaction::getUserId)
            .process(new FirstOfKey<Interaction>(Figure.PEOPLE), TypeInformation.of(Tally.class))
            .name("count people")
            .uid("count people");

    DataStream<ItemOffer> offers =
        new Offers(ShopChoice.condition(values)).of(catalogue == null ? rows : catalogue);

    FeedPipeline.Streams streams =
        pipeline.build(values, settings.topK(), interactions, items, offers);
    tallies =
        tallies.union(
            items.getSideOutput(DistinctItems.COUNTED),
            people,
            streams.tallies(),
            TallyOperator.count(
                "count recommendations", streams.recommendations(), FeedJob::countFeed),
            TallyOperator.count(
                "count items not embedded", streams.deadLetters(), FeedJob::countNotEmbedded));

    DataStream<DeadLetter> unscored = streams.rankingDeadLetters();
    if (unscored != null) {
      tallies =
          tallies.union(
              TallyOperator.count(
                  "count pairs not scored",
                  unscored,
                  RankingChoice.asksByFeed(values)
                      ? FeedJob::countFeedNotScored
                      : FeedJob::countNotScored));
      deadLetters = deadLetters.union(unscored);
    }

    if (settings.lookup() != null) {
      Lookup.serve(
          LookupEvents.of(interactions, items, offers, streams.recommendations(), tallies),
          settings.lookup());
    }
    streams
        .recommendations()
        .sinkTo(FeedSinks.recommendations(settings.output(), settings.outputFormat()))
        .name("feed")
        .uid("feed");
    deadLetters
        .union(streams.deadLetters())
        .sinkTo(FeedSinks.deadLetters(settings.deadLetters()))
        .setParallelism(1)
        .name("dead letters to keep")
        .uid("dead letter files");
    tallies
        .connect(streams.examples())
        .process(new ReportFunction(), TypeInformation.of(Tally.class))
        .setParallelism(1)
        .name("report")
        .uid("report")
        .sinkTo(new DiscardingSink<>())
        .setParallelism(1)
        .name("end")
        .uid("end");
  }

  private static DataStream<SourceRow> storefront(
      StreamExecutionEnvironment env, FeedSettings.Shop shop) {
    return env.fromSource(
            StorefrontSource.of(shop.seed(), shop.duration()),
            WatermarkStrategy.noWatermarks(),
            "storefront")
        .setParallelism(1)
        .uid("storefront")
        .<SourceRow>flatMap((event, out) -> event.forEach(out::collect))
        .returns(TypeInformation.of(SourceRow.class))
        .setParallelism(1)
        .name("rows")
        .uid("rows")
        .assignTimestampsAndWatermarks(eventTime())
        .setParallelism(1)
        .uid("event time");
  }

  private static WatermarkStrategy<SourceRow> eventTime() {
    return SteadyWatermarks.<SourceRow>behind(Duration.ZERO)
        .withTimestampAssigner((row, before) -> row.eventTimeOr(before));
  }

  private static DataStream<Item> items(
      boolean ofUser,
      DataStream<SourceRow> rows,
      @Nullable DataStream<SourceRow> catalogue,
      DataStream<Interaction> interactions) {
    if (!ofUser) {
      return part(rows, "items", SourceRow::item, ITEM);
    }
    if (catalogue != null) {
      return part(catalogue, "items", SourceRow::item, ITEM);
    }
    return interactions
        .map(FeedJob::itemOf, ITEM)
        .setParallelism(1)
        .name("items of interactions")
        .uid("items");
  }

  private static Item itemOf(Interaction interaction) {
    return Item.newBuilder()
        .setItemId(interaction.getItemId())
        .setTitle(Objects.requireNonNullElse(interaction.getText(), ""))
        .setUpdatedAt(interaction.getEventTime())
        .build();
  }

  /** The rows that are of one kind, where the rows are made. */
  private static <T> DataStream<T> part(
      DataStream<SourceRow> rows, String name, Part<T> part, TypeInformation<T> type) {
    return rows.<T>flatMap(
            (row, out) -> {
              T there = part.apply(row);
              if (there != null) {
                out.collect(there);
              }
            })
        .returns(type)
        .setParallelism(1)
        .name(name)
        .uid(name);
  }

  private interface Part<T> extends Function<SourceRow, @Nullable T>, java.io.Serializable {}

  private static void countRow(SourceRow row, Tally tally) {
    Outcome outcome = row.outcome();
    switch (outcome) {
      case DEAD_LETTER -> tally.add(Figure.DEAD_LETTERS, 1);
      case NO_USER -> tally.add(Figure.NO_USER, 1);
      case NO_ITEM -> tally.add(Figure.NO_ITEM, 1);
      case NO_TEXT -> tally.add(Figure.NO_TEXT, 1);
      case BAD_TIME -> tally.add(Figure.BAD_TIME, 1);
      case BAD_QUANTITY -> tally.add(Figure.BAD_QUANTITY, 1);
      case BAD_AVAILABILITY -> tally.add(Figure.BAD_AVAILABILITY, 1);
      case RETURNED -> tally.add(Figure.ROWS_RETURNED, 1);
      case INTERACTION -> tally.add(Figure.INTERACTIONS, 1);
      case ITEM -> {
        // The storefront's items come with its rows; they are counted as items.
      }
    }
  }

  private static void countCatalogue(SourceRow row, Tally tally) {
    if (row.outcome() == Outcome.DEAD_LETTER) {
      tally.add(Figure.CATALOGUE_DEAD_LETTERS, 1);
    }
  }

  private static void countFeed(Recommendation feed, Tally tally) {
    tally.add(Figure.RECOMMENDATIONS, 1);
  }

  private static void countNotEmbedded(DeadLetter letter, Tally tally) {
    tally.add(Figure.ITEMS_NOT_EMBEDDED, 1);
  }

  private static void countFeedNotScored(DeadLetter letter, Tally tally) {
    tally.add(Figure.FEEDS_NOT_SCORED, 1);
  }

  private static void countNotScored(DeadLetter letter, Tally tally) {
    tally.add(Figure.PAIRS_NOT_SCORED, 1);
  }
}
