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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The feed as it is defined, computed the slow way: all rows at hand, sorted by time, everything
 * anew for each feed. No state is kept but the log of what happened.
 */
final class SequentialFeed {
  /** What can be known of a candidate; each kind has powers of its own. */
  private enum Kind {
    BOUGHT,
    UNKNOWN,
    COLD
  }

  /** The first of the facts is 1: its power is the factor. */
  private record Candidate(
      String itemId, Kind kind, List<Float> facts, String companionOf, String nearTo) {}

  private record Scored(
      String itemId,
      double score,
      boolean cold,
      Candidate candidate,
      Reason reason,
      @Nullable String becauseOf) {

    Scored withScore(double other) {
      return new Scored(itemId, other, cold, candidate, reason, becauseOf);
    }
  }

  private record Lesson(
      String user,
      int baskets,
      List<Scored> scored,
      Map<String, Double> opinions,
      List<String> items) {}

  /** A ranking model, whose scores are logarithms. */
  interface PairScorer {
    double score(String bought, String title);
  }

  /** A sequence model, whose scores are logarithms. */
  interface SequenceScorer {
    boolean knows(String itemId);

    /**
     * A larger one is better.
     *
     * @param bought the newest is the last
     */
    double score(List<String> bought, String itemId);
  }

  private @Nullable PairScorer model;
  private @Nullable SequenceScorer sequenceModel;
  private int mostBought;
  private int asked;

  /** How much the model's word counts, and the sums of the squares of the gradients. */
  private final Map<Kind, Double> modelPowers = new TreeMap<>();

  private final Map<Kind, Double> modelSquares = new TreeMap<>();

  /** The powers learnt so far, and the sums of the squares of their gradients. */
  private final Map<Kind, double[]> powers = new TreeMap<>();

  private final Map<Kind, double[]> squares = new TreeMap<>();

  /** When each item was first heard of. */
  private final Map<String, Long> firstSeen = new HashMap<>();

  private final RecommendSettings settings;
  private final List<Basket> baskets = new ArrayList<>();
  private final List<EmbeddedItem> items;
  private final List<ItemOffer> offers;

  /** The baskets that each person has had, and what is left of them: times by item. */
  private final Map<String, Integer> counts = new HashMap<>();

  /** The sum of the shares of each person's baskets that were bought again. */
  private final Map<String, Double> again = new HashMap<>();

  /** The vectors as of the moment that was asked for last. */
  private Map<String, float[]> vectors = new TreeMap<>();

  private long vectorsAt = Long.MIN_VALUE;

  private final Map<String, Map<String, List<Long>>> histories = new HashMap<>();

  SequentialFeed(List<Interaction> rows, List<EmbeddedItem> items, RecommendSettings settings) {
    this(rows, items, List.of(), settings);
  }

  /**
   * The same with what is to be had.
   *
   * @param offers in the order of time
   */
  SequentialFeed(
      List<Interaction> rows,
      List<EmbeddedItem> items,
      List<ItemOffer> offers,
      RecommendSettings settings) {
    this.settings = settings;
    this.offers = offers;
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
    baskets.forEach(
        basket ->
            Arrays.stream(basket.items)
                .forEach(item -> firstSeen.merge(item, basket.time, Math::min)));
    items.forEach(item -> firstSeen.merge(item.itemId, item.eventTime, Math::min));
    offers.forEach(offer -> firstSeen.merge(offer.itemId, offer.eventTime, Math::min));
    FeedWeights.Bought bought = settings.weights().bought();
    powers.put(
        Kind.BOUGHT,
        new double[] {
          bought.factor(),
          bought.history(),
          bought.share(),
          bought.days(),
          bought.trend(),
          bought.baskets(),
          bought.companions(),
          bought.items(),
          bought.loyalty()
        });
    powers.put(Kind.UNKNOWN, powersOf(settings.weights().unknown()));
    powers.put(Kind.COLD, powersOf(settings.weights().cold()));
    powers.forEach((kind, of) -> squares.put(kind, new double[of.length]));
  }

  /** The same, with a model that is asked about the best so many. */
  SequentialFeed withModel(PairScorer scorer, int candidates) {
    model = scorer;
    asked = candidates;
    return this;
  }

  /** The same of a model that reads the last so many of what was bought. */
  SequentialFeed withSequenceModel(SequenceScorer scorer, int maxLength, int candidates) {
    sequenceModel = scorer;
    mostBought = maxLength;
    asked = candidates;
    return this;
  }

  private static double[] powersOf(FeedWeights.Unknown unknown) {
    return new double[] {
      unknown.factor(),
      unknown.trend(),
      unknown.baskets(),
      unknown.companions(),
      unknown.content(),
      unknown.age()
    };
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
    Map<Long, Set<String>> feeds = feeds();
    TreeSet<Long> times = new TreeSet<>(byTime.keySet());
    times.addAll(feeds.keySet());
    for (long time : times) {
      List<Lesson> lessons = new ArrayList<>();
      for (Basket basket : byTime.getOrDefault(time, List.of())) {
        lines.add(Topology.line(judge(basket, lessons)));
        learn(basket);
      }
      lessons.sort(Comparator.comparing(Lesson::user).thenComparing(Lesson::baskets));
      lessons.forEach(this::learn);
      for (String user : feeds.getOrDefault(time, Set.of())) {
        lines.add(
            Topology.line(
                new Recommendation(
                    user, Instant.ofEpochMilli(time), "", "", feed(user, time + 1))));
      }
    }
    lines.sort(null);
    return lines;
  }

  /** Who has a feed, by its time: after each basket, and again while nothing is bought. */
  private Map<Long, Set<String>> feeds() {
    Map<Long, Set<String>> feeds = new TreeMap<>();
    long every = settings.rules().refreshEvery().toMillis();
    long last = baskets.get(baskets.size() - 1).time;
    for (Basket basket : baskets) {
      feeds.computeIfAbsent(basket.time, time -> new TreeSet<>()).add(basket.userId);
      long until =
          baskets.stream()
              .filter(next -> next.userId.equals(basket.userId) && next.time > basket.time)
              .mapToLong(next -> next.time)
              .findFirst()
              .orElse(last);
      for (long again = basket.time + every;
          every > 0
              && again - basket.time <= settings.rules().refreshFor().toMillis()
              && again < until;
          again += every) {
        feeds.computeIfAbsent(again, time -> new TreeSet<>()).add(basket.userId);
      }
    }
    return feeds;
  }

  /** Whether an item may be recommended. */
  private boolean isOffered(String item, long moment) {
    boolean available = true;
    Map<String, String> fields = Map.of();
    for (ItemOffer offer : offers) {
      if (offer.itemId.equals(item) && offer.eventTime < moment) {
        available = offer.available == null ? available : offer.available;
        fields = offer.fields == null ? fields : offer.fields;
      }
    }
    ItemFilter filter = settings.rules().filter();
    return available && (filter == null || filter.test(fields));
  }

  /** Of two items, as of a moment. */
  private boolean areAlike(String one, String other, long moment) {
    if (!settings.rules().boundsAlike()) {
      return false;
    }
    Map<String, float[]> vectors = vectors(moment);
    float[] its = vectors.get(one);
    float[] others = vectors.get(other);
    return its != null && others != null && cosine(its, others) >= settings.rules().alikeFrom();
  }

  private long alikeTo(Scored item, List<Scored> before, long moment) {
    return before.stream().filter(other -> areAlike(item.itemId(), other.itemId(), moment)).count();
  }

  private Map<String, float[]> vectors(long moment) {
    if (moment == vectorsAt) {
      return vectors;
    }
    vectors = new TreeMap<>();
    vectorsAt = moment;
    for (EmbeddedItem item : items) {
      if (item.eventTime < moment) {
        vectors.put(item.itemId, item.vector);
      }
    }
    vectors.values().removeIf(vector -> vector.length == 0);
    return vectors;
  }

  private BasketOutcome judge(Basket basket, List<Lesson> lessons) {
    int before = counts.getOrDefault(basket.userId, 0);
    BasketOutcome outcome = new BasketOutcome(basket, before == 0);
    if (before > 0 && !basket.part) {
      outcome.evaluated = true;
      List<Scored> byBlend = scored(basket.userId, basket.time);
      Map<String, Double> opinions = opinions(basket.userId, basket.time, byBlend);
      List<Scored> scored = withOpinions(byBlend, opinions);
      lessons.add(new Lesson(basket.userId, before, byBlend, opinions, List.of(basket.items)));
      if (model != null || sequenceModel != null) {
        List<Scored> alone =
            best(byBlend, settings.weights().discoverOf(settings.topK()), basket.time);
        outcome.blendRecall = recall(basket, alone.stream().map(Scored::itemId).toList());
      }
      List<Scored> best = best(scored, settings.weights().discoverOf(settings.topK()), basket.time);
      for (int i = 0; i < best.size(); i++) {
        outcome.alikePlaces += alikeTo(best.get(i), best.subList(0, i), basket.time) > 0 ? 1 : 0;
      }
      List<String> feed = best.stream().map(Scored::itemId).toList();
      outcome.coldPlaces = (int) best.stream().filter(Scored::cold).count();
      outcome.coldFound =
          (int)
              best.stream()
                  .filter(item -> item.cold() && List.of(basket.items).contains(item.itemId()))
                  .count();
      outcome.recall = recall(basket, feed);
      outcome.hit = outcome.recall > 0;
      Map<String, List<Long>> history = histories.getOrDefault(basket.userId, Map.of());
      List<String> unknown =
          Arrays.stream(basket.items).filter(item -> !history.containsKey(item)).toList();
      outcome.newItems = unknown.size();
      outcome.newRecall = recall(unknown, feed);
      outcome.discoveryRecall =
          recall(unknown, discoveries(scored, basket.time).stream().map(Scored::itemId).toList());
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
    most.keySet().removeIf(item -> !isOffered(item, moment));
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
    List<Scored> byBlend = scored(user, moment);
    List<Scored> scored = withOpinions(byBlend, opinions(user, moment, byBlend));
    return best(scored, settings.weights().discoverOf(settings.topK()), moment).stream()
        .map(s -> new RecommendedItem(s.itemId(), (float) s.score(), s.reason(), s.becauseOf()))
        .toList();
  }

  /** One step down the gradient of the cross entropy, as AdaGrad does it. */
  private void learn(Lesson lesson) {
    double found =
        lesson.scored().stream().filter(s -> lesson.items().contains(s.itemId())).count();
    if (found == 0) {
      return;
    }
    learnModel(lesson, found);
    Map<Kind, double[]> gradient = new TreeMap<>();
    powers.forEach((kind, of) -> gradient.put(kind, new double[of.length]));
    // Anew: of two baskets of one moment, the second is learnt with what the first taught.
    for (Scored scored : scored(lesson.scored().stream().map(Scored::candidate).toList())) {
      double wanted = lesson.items().contains(scored.itemId()) ? 1 / found : 0;
      double[] of = gradient.getOrDefault(scored.candidate().kind(), new double[0]);
      for (int f = 0; f < of.length; f++) {
        of[f] += (scored.score() - wanted) * scored.candidate().facts().get(f);
      }
    }
    gradient.forEach(
        (kind, of) -> {
          double[] sums = squares.getOrDefault(kind, new double[0]);
          double[] values = powers.getOrDefault(kind, new double[0]);
          for (int f = 0; f < of.length; f++) {
            sums[f] += of[f] * of[f];
            values[f] -= settings.weights().learningRate() * of[f] / Math.sqrt(sums[f] + 0.01);
          }
        });
  }

  /** By how many standard deviations the model's score is above the mean, by item. */
  private Map<String, Double> opinions(String user, long moment, List<Scored> scored) {
    if (sequenceModel != null) {
      return opinions(sequenceModel, user, moment, scored);
    }
    PairScorer scorer = model;
    Map<String, String> titles = new HashMap<>();
    for (EmbeddedItem item : items) {
      if (item.eventTime < moment && !item.title.isEmpty()) {
        titles.put(item.itemId, item.title);
      } else if (item.eventTime < moment) {
        titles.remove(item.itemId);
      }
    }
    Map<String, List<Long>> history = histories.getOrDefault(user, Map.of());
    String bought =
        newestFirst(history, moment).stream()
            .limit(5)
            .filter(titles::containsKey)
            .map(titles::get)
            .collect(Collectors.joining(", "));
    if (scorer == null || bought.isEmpty()) {
      return Map.of();
    }
    Map<String, Double> scores = new TreeMap<>();
    scored.stream()
        .sorted(Comparator.comparingDouble(Scored::score).reversed().thenComparing(Scored::itemId))
        .limit(asked)
        .filter(one -> titles.containsKey(one.itemId()))
        .forEach(
            one ->
                scores.put(
                    one.itemId(), scorer.score(bought, titles.getOrDefault(one.itemId(), ""))));
    return standardised(scores);
  }

  private Map<String, Double> opinions(
      SequenceScorer scorer, String user, long moment, List<Scored> scored) {
    List<String> bought =
        new ArrayList<>(
            newestFirst(histories.getOrDefault(user, Map.of()), moment).stream()
                .filter(scorer::knows)
                .limit(mostBought)
                .toList());
    if (bought.isEmpty()) {
      return Map.of();
    }
    Collections.reverse(bought);
    Map<String, Double> scores = new TreeMap<>();
    scored.stream()
        .sorted(Comparator.comparingDouble(Scored::score).reversed().thenComparing(Scored::itemId))
        .limit(asked)
        .map(Scored::itemId)
        .filter(scorer::knows)
        .forEach(item -> scores.put(item, scorer.score(bought, item)));
    return standardised(scores);
  }

  private static Map<String, Double> standardised(Map<String, Double> scores) {
    double mean = scores.values().stream().mapToDouble(score -> score).average().orElse(0);
    double variance =
        scores.values().stream().mapToDouble(s -> (s - mean) * (s - mean)).average().orElse(0);
    scores.replaceAll((item, score) -> (score - mean) / (Math.sqrt(variance) + 0.01));
    return scores;
  }

  private List<Scored> withOpinions(List<Scored> scored, Map<String, Double> opinions) {
    Map<String, Double> weights = new HashMap<>();
    for (Scored one : scored) {
      double power = modelPowers.getOrDefault(one.candidate().kind(), 0.0);
      weights.put(
          one.itemId(), one.score() * Math.exp(power * opinions.getOrDefault(one.itemId(), 0.0)));
    }
    double sum = weights.values().stream().mapToDouble(weight -> weight).sum();
    return scored.stream()
        .map(one -> one.withScore(weights.getOrDefault(one.itemId(), 0.0) / sum))
        .toList();
  }

  /** The same step for the powers of the model. */
  private void learnModel(Lesson lesson, double found) {
    Map<Kind, Double> gradient = new TreeMap<>();
    for (Scored one : withOpinions(lesson.scored(), lesson.opinions())) {
      double wanted = lesson.items().contains(one.itemId()) ? 1 / found : 0;
      gradient.merge(
          one.candidate().kind(),
          (one.score() - wanted) * lesson.opinions().getOrDefault(one.itemId(), 0.0),
          Double::sum);
    }
    gradient.forEach(
        (kind, of) -> {
          double sum = modelSquares.merge(kind, of * of, Double::sum);
          modelPowers.merge(
              kind, -settings.weights().learningRate() * of / Math.sqrt(sum + 0.01), Double::sum);
        });
  }

  private List<String> newestFirst(Map<String, List<Long>> history, long moment) {
    return history.entrySet().stream()
        .sorted(
            Comparator.<Map.Entry<String, List<Long>>>comparingLong(
                    entry -> -Collections.max(entry.getValue()))
                .thenComparingDouble(entry -> -decayed(entry.getValue(), moment, history())))
        .map(Map.Entry::getKey)
        .toList();
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
    Map<String, float[]> vectors = vectors(moment);

    List<String> recent = newestFirst(history, moment);
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
    candidates.removeIf(item -> !isOffered(item, moment));
    List<Candidate> known = new ArrayList<>();
    for (String item : candidates) {
      List<Long> bought = history.get(item);
      double count = all.getOrDefault(item, List.of()).size();
      double trend =
          decayed(
              all.getOrDefault(item, List.of()),
              moment,
              (double) settings.trendHalfLife().toMillis());
      double together = strengths.getOrDefault(item, 0.0);
      double near = nearness.getOrDefault(item, 0.0);
      known.add(
          new Candidate(
              item,
              bought != null ? Kind.BOUGHT : isCold(item, moment) ? Kind.COLD : Kind.UNKNOWN,
              bought != null
                  ? ofBought(user, bought, history.size(), trend, count, together, moment)
                  : List.of(
                      1f,
                      log(trend + 0.5),
                      log((count + 2) / 20),
                      log((together + 0.001) / 0.0067),
                      log((near + 0.1) / 0.37),
                      log((age(item, moment) + 1) / 7)),
              boughtWith.getOrDefault(item, ""),
              nearTo.getOrDefault(item, "")));
    }
    return scored(known);
  }

  private boolean isCold(String item, long moment) {
    long first = firstSeen.getOrDefault(item, Long.MIN_VALUE);
    long days = settings.weights().coldFor().toMillis();
    return first - Collections.min(firstSeen.values()) >= days && moment - first < days;
  }

  private double age(String item, long moment) {
    long first = firstSeen.getOrDefault(item, moment);
    return (moment - first) / (double) Duration.ofDays(1).toMillis();
  }

  private static float log(double value) {
    return (float) Math.log(value);
  }

  /** Scores are shares of all of them. */
  private List<Scored> scored(List<Candidate> candidates) {
    double sum = candidates.stream().mapToDouble(one -> Math.exp(logarithm(one))).sum();
    List<Scored> scored = new ArrayList<>();
    for (Candidate candidate : candidates) {
      double score = Math.exp(logarithm(candidate)) / sum;
      Reason reason = Reason.BUY_AGAIN;
      if (candidate.kind() != Kind.BOUGHT) {
        double[] power = powers.getOrDefault(candidate.kind(), new double[0]);
        double byCompanions =
            Math.exp(power[3] * (candidate.facts().get(3) - Math.log(0.001 / 0.0067)));
        double byContent = Math.exp(power[4] * (candidate.facts().get(4) - Math.log(0.1 / 0.37)));
        reason =
            Math.max(byCompanions, byContent) < 2
                ? Reason.POPULAR
                : byCompanions >= byContent ? Reason.BOUGHT_TOGETHER : Reason.SIMILAR;
      }
      String becauseOf =
          switch (reason) {
            case SIMILAR -> candidate.nearTo();
            case BOUGHT_TOGETHER -> candidate.companionOf();
            default -> null;
          };
      scored.add(
          new Scored(
              candidate.itemId(),
              score,
              candidate.kind() == Kind.COLD,
              candidate,
              reason,
              becauseOf));
    }
    scored.sort(Comparator.comparingDouble(candidate -> -candidate.score()));
    return scored;
  }

  private double logarithm(Candidate candidate) {
    double[] power = powers.getOrDefault(candidate.kind(), new double[0]);
    double sum = 0;
    for (int f = 0; f < power.length; f++) {
      sum += power[f] * candidate.facts().get(f);
    }
    return sum;
  }

  private List<Float> ofBought(
      String user,
      List<Long> bought,
      int items,
      double trend,
      double count,
      double together,
      long moment) {
    double had = counts.getOrDefault(user, 0);
    double days = (moment - Collections.max(bought)) / (double) Duration.ofDays(1).toMillis();
    double loyalty = (again.getOrDefault(user, 0.0) + 1) / (Math.max(0, had - 1) + 2.5);
    return List.of(
        1f,
        log(decayed(bought, moment, history()) + 0.05),
        log(bought.size() / had + 0.02),
        log(days + 1),
        log(trend + 0.5),
        log((count + 2) / 20),
        log((together + 0.001) / 0.0067),
        log(items / 55.0),
        log(loyalty / 0.37));
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

  private List<Scored> best(List<Scored> scored, int discover, long moment) {
    int all = settings.topK();
    int unknown = Math.min(discover, discoveries(scored, moment).size());
    return chosen(introduced(scored), all, all - unknown, moment);
  }

  /** What is new in the shop counts more: the shares of all are others then. */
  private List<Scored> introduced(List<Scored> scored) {
    double times = settings.rules().introduce();
    double sum = scored.stream().mapToDouble(one -> one.score() * (one.cold() ? times : 1)).sum();
    return scored.stream()
        .map(one -> one.withScore(one.score() * (one.cold() ? times : 1) / sum))
        .toList();
  }

  private List<Scored> discoveries(List<Scored> scored, long moment) {
    int all = settings.topK();
    return chosen(
        introduced(scored).stream().filter(one -> !isAgain(one)).toList(), all, all, moment);
  }

  private static boolean isAgain(Scored one) {
    return one.reason() == Reason.BUY_AGAIN;
  }

  /**
   * The best that are not too alike to better ones, of which so many at most are bought again;
   * then, if there are places left, the best of those that are more than that.
   */
  private List<Scored> chosen(List<Scored> scored, int places, int again, long moment) {
    List<Scored> chosen = new ArrayList<>();
    List<Scored> more = new ArrayList<>();
    for (Scored candidate : bestFirst(scored)) {
      boolean admitted =
          !isAgain(candidate) || chosen.stream().filter(one -> isAgain(one)).count() < again;
      if (chosen.size() == places) {
        break;
      } else if (!admitted) {
        more.add(candidate);
      } else if (isDifferent(candidate, chosen, moment)) {
        chosen.add(candidate);
      }
    }
    for (Scored candidate : more) {
      if (chosen.size() < places && isDifferent(candidate, chosen, moment)) {
        chosen.add(candidate);
      }
    }
    return bestFirst(chosen);
  }

  private boolean isDifferent(Scored candidate, List<Scored> chosen, long moment) {
    int most = settings.rules().mostAlike();
    return most == 0 || alikeTo(candidate, chosen, moment) < most;
  }

  private static List<Scored> bestFirst(List<Scored> scored) {
    return scored.stream()
        .sorted(Comparator.comparingDouble(Scored::score).reversed().thenComparing(Scored::itemId))
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
