package dev.millrace.pipelines.recommend;

/** What a ranking model answers. A Flink POJO, public for Flink's serializer only. */
public final class RankingScores {
  /** Which feed, or basket, it was asked for. */
  public String feedId = "";

  /** Which of the {@link Appraisal#asked} the first score is of; the others follow it. */
  public int place;

  public float[] scores = {};

  public RankingScores() {}

  RankingScores(String feedId, int place, float... scores) {
    this.feedId = feedId;
    this.place = place;
    this.scores = scores;
  }
}
