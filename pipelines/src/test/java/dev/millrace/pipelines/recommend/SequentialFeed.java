package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Reason;
import dev.millrace.schemas.Recommendation;
import dev.millrace.schemas.RecommendedItem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The feed as it is defined, computed the slow way: all rows at hand, sorted by time, everything
 * anew for each feed. No state is kept but the log of what happened.
 */
final class SequentialFeed {
  private record Scored(String itemId, double score, Reason reason, @Nullable String becauseOf) {}

  private final RecommendSettings settings;
  private final List<Basket> baskets = new ArrayList<>();
  private final List<EmbeddedItem> items;

  /** The baskets that each person has had, and what is left of them: times by item. */
  private final Map<String, Integer> counts = new HashMap<>();

  private final Map<String, Map<String, List<Long>>> histories = new HashMap<>();

  SequentialFeed(List<Interaction> rows, List<EmbeddedItem> items, RecommendSettings settings) {
    this.settings = settings;
    this.items = new ArrayList<>(items);
    this.items.sort(
        Comparator.<EmbeddedItem>comparingLong(item -> item.eventTime)
            .thenComparing(item -> item.title)
            .thenComparing(item -> item.vector, Arrays::compare));
    Map<String, Map<String, Long>> open = new TreeMap<>();
    int single = 0;
    for (Interaction row : rows) {
      String id = row.getBasketId() == null ? " " + single++ : row.getBasketId();
      open.computeIfAbsent(row.getUserId() + "/" + id, key -> new TreeMap<>())
          .merge(row.getItemId(), row.getEventTime().toEpochMilli(), Math::min);
    }
    open.forEach(this::close);
    baskets.sort(Basket.ORDER);
  }

  private void close(String key, Map<String, Long> items) {
    String user = key.substring(0, key.indexOf('/'));
    String id = key.contains(" ") ? "" : key.substring(key.indexOf('/') + 1);
    boolean part = false;
    while (!items.isEmpty()) {
      long start = Collections.min(items.values());
      long end = start + settings.basketGap().toMillis();
      String[] taken =
          items.keySet().stream()
              .filter(item -> items.getOrDefault(item, 0L) <= end)
              .toArray(String[]::new);
      items.keySet().removeAll(List.of(taken));
      baskets.add(new Basket(user, id, start, taken, false, part));
      part = true;
    }
  }

  /** Lines as of {@link Topology#run}. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    Map<Long, List<Basket>> byTime =
        baskets.stream()
            .collect(Collectors.groupingBy(b -> b.time, TreeMap::new, Collectors.toList()));
    byTime.forEach(
        (time, now) -> {
          for (Basket basket : now) {
            lines.add(Topology.line(judge(basket)));
            learn(basket);
          }
          for (String user : new TreeSet<>(now.stream().map(basket -> basket.userId).toList())) {
            lines.add(
                Topology.line(
                    new Recommendation(
                        user, Instant.ofEpochMilli(time), "", "", feed(user, time + 1))));
          }
        });
    lines.sort(null);
    return lines;
  }

  private BasketOutcome judge(Basket basket) {
    int before = counts.getOrDefault(basket.userId, 0);
    BasketOutcome outcome = new BasketOutcome(basket, before == 0);
    if (before > 0 && !basket.part) {
      outcome.evaluated = true;
      List<String> feed =
          feed(basket.userId, basket.time).stream().map(RecommendedItem::getItemId).toList();
      outcome.recall = recall(basket, feed);
      outcome.hit = outcome.recall > 0;
      outcome.popularityRecall = recall(basket, popular(basket.time));
      outcome.popularityHit = outcome.popularityRecall > 0;
    }
    return outcome;
  }

  private double recall(Basket basket, List<String> list) {
    double found = Arrays.stream(basket.items).filter(list::contains).count();
    return found / Math.min(settings.topK(), basket.items.length);
  }

  private List<String> popular(long moment) {
    Map<String, Integer> most = new TreeMap<>();
    for (Basket basket : baskets) {
      if (basket.time < moment) {
        Arrays.stream(basket.items).forEach(item -> most.merge(item, 1, Integer::sum));
      }
    }
    return most.entrySet().stream()
        .sorted(
            Map.Entry.<String, Integer>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(settings.topK())
        .map(Map.Entry::getKey)
        .toList();
  }

  private void learn(Basket basket) {
    counts.merge(basket.userId, basket.part ? 0 : 1, Integer::sum);
    Map<String, List<Long>> history =
        histories.computeIfAbsent(basket.userId, user -> new TreeMap<>());
    for (String item : basket.items) {
      history.computeIfAbsent(item, id -> new ArrayList<>()).add(basket.time);
    }
    history.entrySet().stream()
        .sorted(
            Comparator.comparingDouble(entry -> -decayed(entry.getValue(), basket.time, history())))
        .skip(settings.historyItems())
        .map(Map.Entry::getKey)
        .toList()
        .forEach(history::remove);
  }

  private double history() {
    return settings.historyHalfLife().toMillis();
  }

  private static double decayed(List<Long> times, long moment, double halfLife) {
    return times.stream().mapToDouble(time -> Math.pow(0.5, (moment - time) / halfLife)).sum();
  }

  private List<RecommendedItem> feed(String user, long moment) {
    FeedWeights weights = settings.weights();
    Map<String, List<Long>> history = histories.getOrDefault(user, Map.of());
    Map<String, List<Long>> all = new TreeMap<>();
    for (Basket basket : baskets) {
      if (basket.time < moment) {
        Arrays.stream(basket.items)
            .forEach(item -> all.computeIfAbsent(item, id -> new ArrayList<>()).add(basket.time));
      }
    }
    Map<String, float[]> vectors = new TreeMap<>();
    for (EmbeddedItem item : items) {
      if (item.eventTime < moment) {
        vectors.put(item.itemId, item.vector);
      }
    }
    vectors.values().removeIf(vector -> vector.length == 0);

    List<String> recent =
        history.entrySet().stream()
            .sorted(
                Comparator.<Map.Entry<String, List<Long>>>comparingLong(
                        entry -> -Collections.max(entry.getValue()))
                    .thenComparingDouble(entry -> -decayed(entry.getValue(), moment, history())))
            .limit(weights.recentItems())
            .map(Map.Entry::getKey)
            .toList();
    Map<String, Double> nearness = new HashMap<>();
    Map<String, String> because = new HashMap<>();
    for (String bought : recent) {
      neighbours(bought, vectors)
          .forEach(
              (other, cosine) -> {
                double near = (cosine - weights.minCosine()) / (1 - weights.minCosine());
                if (!history.containsKey(other) && near > nearness.getOrDefault(other, 0.0)) {
                  nearness.put(other, near);
                  because.put(other, bought);
                }
              });
    }

    TreeSet<String> candidates = new TreeSet<>(all.keySet());
    candidates.addAll(history.keySet());
    candidates.addAll(nearness.keySet());
    List<Scored> scored = new ArrayList<>();
    for (String item : candidates) {
      List<Long> bought = history.get(item);
      double content = weights.content() * nearness.getOrDefault(item, 0.0);
      double affinity =
          weights.popularity() + (bought == null ? content : decayed(bought, moment, history()));
      double trend =
          decayed(
              all.getOrDefault(item, List.of()),
              moment,
              (double) settings.trendHalfLife().toMillis());
      boolean similar = content >= weights.popularity();
      scored.add(
          new Scored(
              item,
              affinity * Math.pow(trend + weights.trendPrior(), weights.trendPower()),
              bought != null ? Reason.BUY_AGAIN : similar ? Reason.SIMILAR : Reason.POPULAR,
              bought == null && similar ? because.get(item) : null));
    }
    scored.sort(Comparator.comparingDouble(candidate -> -candidate.score()));

    List<Scored> unknown =
        scored.stream()
            .filter(candidate -> candidate.reason() != Reason.BUY_AGAIN)
            .limit(weights.discoverOf(settings.topK()))
            .toList();
    List<Scored> feed = new ArrayList<>(unknown);
    for (Scored candidate : scored) {
      if (feed.size() < settings.topK() && !feed.contains(candidate)) {
        feed.add(candidate);
      }
    }
    return feed.stream()
        .sorted(Comparator.comparingDouble(Scored::score).reversed().thenComparing(Scored::itemId))
        .map(s -> new RecommendedItem(s.itemId(), (float) s.score(), s.reason(), s.becauseOf()))
        .toList();
  }

  private Map<String, Double> neighbours(String item, Map<String, float[]> vectors) {
    float[] vector = vectors.get(item);
    if (vector == null) {
      return Map.of();
    }
    Map<String, Double> cosines = new HashMap<>();
    vectors.forEach((other, its) -> cosines.put(other, cosine(vector, its)));
    return cosines.entrySet().stream()
        .filter(
            entry ->
                !entry.getKey().equals(item) && entry.getValue() > settings.weights().minCosine())
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .limit(settings.weights().neighbours())
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  static double cosine(float[] a, float[] b) {
    double product = 0;
    double squaresOfA = 0;
    double squaresOfB = 0;
    for (int d = 0; d < a.length; d++) {
      product += (double) a[d] * b[d];
      squaresOfA += (double) a[d] * a[d];
      squaresOfB += (double) b[d] * b[d];
    }
    return product / Math.sqrt(squaresOfA * squaresOfB);
  }
}
