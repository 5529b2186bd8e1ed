package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.Recommendation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.jspecify.annotations.Nullable;

/**
 * What comes out of {@link Recommend#feed}.
 *
 * @param recommendations a feed after each moment at which a person had a basket
 * @param outcomes how good the feed was for each basket
 * @param examples feeds of a few people in words, of parallelism 1
 * @param deadLetters what a ranking model could not be asked, with the reason; null without one
 */
public record RecommendStreams(
    DataStream<Recommendation> recommendations,
    DataStream<BasketOutcome> outcomes,
    DataStream<FeedExample> examples,
    @Nullable DataStream<DeadLetter> deadLetters) {}
