package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Reason;
import dev.millrace.schemas.Recommendation;
import dev.millrace.schemas.RecommendedItem;
import java.time.Duration;
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

  /** The sum of the shares of each person's baskets that were bought again. */
  private final Map<String, Double> again = new HashMap<>();

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
      Map<String, List<Long>> history = histories.getOrDefault(basket.userId, Map.of());
      List<String> unknown =
          Arrays.stream(basket.items).filter(item -> !history.containsKey(item)).toList();
      outcome.newItems = unknown.size();
      outcome.newRecall = recall(unknown, feed);
      outcome.discoveryRecall =
          recall(
              unknown,
              scored(basket.userId, basket.time).stream()
                  .filter(item -> item.reason() != Reason.BUY_AGAIN)
                  .limit(settings.topK())
                  .map(Scored::itemId)
                  .toList());
      outcome.popularityRecall = recall(basket, popular(basket.time));
      outcome.popularityHit = outcome.popularityRecall > 0;
    }
    return outcome;
  }

  private double recall(Basket basket, List<String> list) {
    return recall(List.of(basket.items), list);
  }

  private double recall(List<String> wanted, List<String> list) {
    double found = wanted.stream().filter(list::contains).count();
    return wanted.isEmpty() ? 0 : found / Math.min(settings.topK(), wanted.size());
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
    Map<String, List<Long>> history =
        histories.computeIfAbsent(basket.userId, user -> new TreeMap<>());
    if (!basket.part && counts.getOrDefault(basket.userId, 0) > 0) {
      double known = Arrays.stream(basket.items).filter(history::containsKey).count();
      again.merge(basket.userId, known / basket.items.length, Double::sum);
    }
    counts.merge(basket.userId, basket.part ? 0 : 1, Integer::sum);
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
    return best(scored(user, moment), settings.weights().discoverOf(settings.topK()));
  }

  private List<Scored> scored(String user, long moment) {
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
            .map(Map.Entry::getKey)
            .toList();
    Map<String, Double> nearness = new HashMap<>();
    Map<String, String> nearTo = new HashMap<>();
    for (String bought : recent.stream().limit(weights.nearTo()).toList()) {
      neighbours(bought, vectors)
          .forEach(
              (other, cosine) -> {
                double near = (cosine - weights.minCosine()) / (1 - weights.minCosine());
                if (!history.containsKey(other) && near > nearness.getOrDefault(other, 0.0)) {
                  nearness.put(other, near);
                  nearTo.put(other, bought);
                }
              });
    }
    Map<String, Double> strengths = new HashMap<>();
    Map<String, String> boughtWith = new HashMap<>();
    companions(
        recent.stream().limit(weights.recentItems()).toList(),
        history,
        all,
        moment,
        strengths,
        boughtWith);

    TreeSet<String> candidates = new TreeSet<>(all.keySet());
    candidates.addAll(history.keySet());
    candidates.addAll(nearness.keySet());
    List<Scored> scored = new ArrayList<>();
    for (String item : candidates) {
      List<Long> bought = history.get(item);
      long count = all.getOrDefault(item, List.of()).size();
      double trend =
          decayed(
              all.getOrDefault(item, List.of()),
              moment,
              (double) settings.trendHalfLife().toMillis());
      double together = strengths.getOrDefault(item, 0.0);
      if (bought != null) {
        scored.add(
            new Scored(
                item,
                ofBought(user, bought, history.size(), trend, count, together, moment),
                Reason.BUY_AGAIN,
                null));
        continue;
      }
      double near = nearness.getOrDefault(item, 0.0);
      FeedWeights.Unknown powers = weights.unknown();
      double byCompanions = Math.pow((together + 0.001) / 0.001, powers.companions());
      double byContent = Math.pow((near + 0.1) / 0.1, powers.content());
      Reason reason =
          Math.max(byCompanions, byContent) < 2
              ? Reason.POPULAR
              : byCompanions >= byContent ? Reason.BOUGHT_TOGETHER : Reason.SIMILAR;
      scored.add(
          new Scored(
              item,
              Math.exp(powers.factor())
                  * Math.pow(trend + 0.5, powers.trend())
                  * Math.pow(count + 2.0, powers.baskets())
                  * Math.pow(0.001, powers.companions())
                  * byCompanions
                  * Math.pow(0.1, powers.content())
                  * byContent,
              reason,
              switch (reason) {
                case SIMILAR -> nearTo.get(item);
                case BOUGHT_TOGETHER -> boughtWith.get(item);
                default -> null;
              }));
    }
    scored.sort(Comparator.comparingDouble(candidate -> -candidate.score()));
    return scored;
  }

  private double ofBought(
      String user,
      List<Long> bought,
      int items,
      double trend,
      long count,
      double together,
      long moment) {
    FeedWeights.Bought powers = settings.weights().bought();
    int had = counts.getOrDefault(user, 0);
    double days = (moment - Collections.max(bought)) / (double) Duration.ofDays(1).toMillis();
    double loyalty = (again.getOrDefault(user, 0.0) + 1) / (Math.max(0, had - 1) + 2.5);
    return Math.exp(powers.factor())
        * Math.pow(decayed(bought, moment, history()) + 0.05, powers.history())
        * Math.pow((double) bought.size() / had + 0.02, powers.share())
        * Math.pow(days + 1, powers.days())
        * Math.pow(trend + 0.5, powers.trend())
        * Math.pow(count + 2.0, powers.baskets())
        * Math.pow(together + 0.001, powers.companions())
        * Math.pow(items, powers.items())
        * Math.pow(loyalty, powers.loyalty());
  }

  /** With what was bought lately, and with which of it most. */
  private void companions(
      List<String> recent,
      Map<String, List<Long>> history,
      Map<String, List<Long>> all,
      long moment,
      Map<String, Double> strengths,
      Map<String, String> boughtWith) {
    double halfLife = settings.companions().halfLife().toMillis();
    double recency = settings.weights().companionRecency().toMillis();
    Map<String, Double> most = new HashMap<>();
    double sum = 0;
    for (String bought : recent) {
      double weight =
          decayed(
              List.of(Collections.max(history.getOrDefault(bought, List.of()))), moment, recency);
      sum += weight;
      Map<String, Double> pairs = new HashMap<>();
      for (Basket basket : baskets) {
        if (basket.time < moment && List.of(basket.items).contains(bought)) {
          double each =
              decayed(List.of(basket.time), moment, halfLife) / Math.sqrt(basket.items.length);
          Arrays.stream(basket.items)
              .filter(item -> !item.equals(bought))
              .forEach(item -> pairs.merge(item, each, Double::sum));
        }
      }
      double scale =
          weight / Math.sqrt(decayed(all.getOrDefault(bought, List.of()), moment, halfLife) + 1);
      pairs.entrySet().stream()
          .sorted(
              Map.Entry.<String, Double>comparingByValue()
                  .reversed()
                  .thenComparing(Map.Entry.comparingByKey()))
          .limit(settings.companions().listed())
          .forEach(
              pair -> {
                double part = scale * pair.getValue();
                strengths.merge(pair.getKey(), part, Double::sum);
                if (part > most.getOrDefault(pair.getKey(), 0.0)) {
                  most.put(pair.getKey(), part);
                  boughtWith.put(pair.getKey(), bought);
                }
              });
    }
    double total = sum;
    strengths.replaceAll(
        (item, strength) ->
            strength
                / (total
                    * Math.sqrt(decayed(all.getOrDefault(item, List.of()), moment, halfLife) + 2)));
  }

  private List<RecommendedItem> best(List<Scored> scored, int discover) {
    List<Scored> unknown =
        scored.stream()
            .filter(candidate -> candidate.reason() != Reason.BUY_AGAIN)
            .limit(discover)
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
