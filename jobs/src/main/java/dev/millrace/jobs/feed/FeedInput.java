package dev.millrace.jobs.feed;

import dev.millrace.jobs.input.RowFiles;
import dev.millrace.jobs.input.RowSources;
import dev.millrace.jobs.input.SourceRow;
import dev.millrace.jobs.input.SourceRowTypeInfoFactory;
import dev.millrace.jobs.input.TopicReading;
import dev.millrace.jobs.input.TopicSources;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The user's rows as streams with event time, read at parallelism 1. */
final class FeedInput {

  private FeedInput() {}

  /** What people bought. */
  static DataStream<SourceRow> interactions(
      StreamExecutionEnvironment env, FeedSettings.Input input) {
    boolean needsText = input.catalogue() == null;
    WatermarkStrategy<SourceRow> time = SteadyWatermarks.behind(input.disorder());
    if (input.interactions() instanceof TopicReading topic) {
      DataStream<SourceRow> rows =
          env.fromSource(
                  TopicSources.interactions(
                      topic, input.columns(), input.timeFormat(), needsText, input.ahead()),
                  // A message has a time by the broker's clock, which is not the row's.
                  (topic.bounded() ? time : time.withIdleness(topic.idleness()))
                      .withTimestampAssigner((row, brokers) -> row.eventTimeOr(Long.MIN_VALUE)),
                  "interactions")
              .setParallelism(1)
              .uid("topic of interactions");
      return remembered(rows, "time of topic", !topic.bounded());
    }
    DataStream<SourceRow> rows =
        env.fromSource(
                RowSources.interactions(
                    (RowFiles) input.interactions(),
                    input.columns(),
                    input.timeFormat(),
                    needsText,
                    input.ahead()),
                time.withTimestampAssigner((row, before) -> row.eventTimeOr(before)),
                "interactions")
            .setParallelism(1)
            .uid("files of interactions");
    return remembered(rows, "time of files", false);
  }

  private static DataStream<SourceRow> remembered(
      DataStream<SourceRow> rows, String name, boolean neverIdle) {
    return rows.transform(name, SourceRowTypeInfoFactory.TYPE, new RememberedTime<>(neverIdle))
        .setParallelism(1)
        .uid(name);
  }

  /**
   * The catalogue as it was when the job was made gives no watermark before its end, so that what
   * follows waits until it is whole. What comes to its topic afterwards holds nobody back. An item
   * without a time is there from the beginning.
   */
  static DataStream<SourceRow> catalogue(StreamExecutionEnvironment env, FeedSettings.Input input) {
    WatermarkStrategy<SourceRow> atTheEnd =
        WatermarkStrategy.<SourceRow>noWatermarks()
            .withTimestampAssigner((row, before) -> row.eventTimeOr(0));
    if (input.catalogue() instanceof TopicReading topic) {
      DataStream<SourceRow> items =
          env.fromSource(TopicSources.items(topic), atTheEnd, "catalogue")
              .setParallelism(1)
              .uid("topic of items");
      return input.interactions().bounded()
          ? items
          : items.union(
              env.fromSource(
                      TopicSources.laterItems(topic),
                      WatermarkStrategy.<SourceRow>forGenerator(context -> new Aside())
                          .withTimestampAssigner((row, before) -> row.eventTimeOr(0)),
                      "later items")
                  .setParallelism(1)
                  .uid("topic of later items"));
    }
    return env.fromSource(
            RowSources.items((RowFiles) java.util.Objects.requireNonNull(input.catalogue())),
            atTheEnd,
            "catalogue")
        .setParallelism(1)
        .uid("files of items");
  }

  /** Has no say in what time it is. */
  private static final class Aside implements WatermarkGenerator<SourceRow> {
    @Override
    public void onEvent(SourceRow row, long time, WatermarkOutput output) {}

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
      output.markIdle();
    }
  }
}
