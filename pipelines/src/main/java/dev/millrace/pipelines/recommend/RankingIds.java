package dev.millrace.pipelines.recommend;

import java.util.Arrays;
import java.util.List;

/**
 * What a sequence model reads of a person and of each candidate: the numbers that it has for items.
 * Public for Flink's serializer only.
 */
public final class RankingIds {
  /**
   * What the person bought last, of that which the model knows, in the order of the last purchase:
   * the newest is the last. Of one moment, what counts more in the person's history comes later.
   */
  public long[] bought = {};

  /** Each candidate; {@link ItemVocabulary#PADDING} where the model does not know it. */
  public long[] candidates = {};

  public RankingIds() {}

  /** Of a slate that has its items' names. */
  static RankingIds of(Slate slate, PersonState person, ItemVocabulary vocabulary, int maxLength) {
    RankingIds ids = new RankingIds();
    List<String> newestFirst = person.recent(Integer.MAX_VALUE);
    long[] last =
        newestFirst.stream()
            .mapToLong(vocabulary::idOf)
            .filter(id -> id != ItemVocabulary.PADDING)
            .limit(maxLength)
            .toArray();
    ids.bought = new long[last.length];
    Arrays.setAll(ids.bought, i -> last[last.length - 1 - i]);
    ids.candidates = Arrays.stream(slate.items).mapToLong(vocabulary::idOf).toArray();
    return ids;
  }
}
