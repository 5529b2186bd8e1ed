package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Recommendation;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * What comes out of {@link Recommend#feed}.
 *
 * @param recommendations a feed after each moment at which a person had a basket
 * @param outcomes how good the feed was for each basket
 * @param examples feeds of a few people in words, of parallelism 1
 */
public record RecommendStreams(
    DataStream<Recommendation> recommendations,
    DataStream<BasketOutcome> outcomes,
    DataStream<FeedExample> examples) {}
