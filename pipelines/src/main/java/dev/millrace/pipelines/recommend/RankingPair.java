package dev.millrace.pipelines.recommend;

import dev.millrace.operators.PairOf;

/** A question to a ranking model. A Flink POJO, public for Flink's serializer only. */
public final class RankingPair {
  /** Which feed, or basket, it is asked for. */
  public String feedId = "";

  /** Which of the {@link Appraisal#asked} it is. */
  public int place;

  /** What the person bought last. */
  public String bought = "";

  /** The candidate's title. */
  public String title = "";

  public RankingPair() {}

  RankingPair(String feedId, int place, String bought, String title) {
    this.feedId = feedId;
    this.place = place;
    this.bought = bought;
    this.title = title;
  }

  /** The two texts. */
  record Texts() implements PairOf<RankingPair> {
    @Override
    public String first(RankingPair pair) {
      return pair.bought;
    }

    @Override
    public String second(RankingPair pair) {
      return pair.title;
    }
  }
}
