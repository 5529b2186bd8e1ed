package dev.millrace.pipelines.recommend;

/**
 * A question to a sequence model: all that it is asked for a feed. A Flink POJO, public for Flink's
 * serializer only.
 */
public final class RankingSequence {
  /** Which feed, or basket, it is asked for. */
  public String feedId = "";

  /** As {@link RankingIds#bought}. */
  public long[] bought = {};

  /** One for each of the {@link Appraisal#asked}. */
  public long[] candidates = {};

  public RankingSequence() {}

  RankingSequence(String feedId, long[] bought, long[] candidates) {
    this.feedId = feedId;
    this.bought = bought;
    this.candidates = candidates;
  }
}
