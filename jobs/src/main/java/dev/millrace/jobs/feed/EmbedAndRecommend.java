package dev.millrace.jobs.feed;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.jobs.cli.Problems;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.InferenceTask;
import dev.millrace.operators.OptionProblem;
import dev.millrace.pipelines.Embed;
import dev.millrace.pipelines.EmbeddedStream;
import dev.millrace.pipelines.recommend.BasketOutcome;
import dev.millrace.pipelines.recommend.EmbeddedItem;
import dev.millrace.pipelines.recommend.FeedExample;
import dev.millrace.pipelines.recommend.FeedWeights;
import dev.millrace.pipelines.recommend.ItemOffer;
import dev.millrace.pipelines.recommend.RankingModel;
import dev.millrace.pipelines.recommend.Recommend;
import dev.millrace.pipelines.recommend.RecommendSettings;
import dev.millrace.pipelines.recommend.RecommendStreams;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * The pipeline of Millrace: the items' texts through a model, then the feed, in whose order a
 * second model may have a say.
 */
final class EmbedAndRecommend implements FeedPipeline {

  @Override
  public List<ConfigOption<?>> options() {
    return InferenceOptions.ALL;
  }

  @Override
  public void check(ReadableConfig values, Problems problems) {
    for (OptionProblem problem : InferenceSettings.from(values).problems(InferenceTask.EMBEDDING)) {
      problems.add(problem.option(), problem.value(), problem.remedy());
    }
  }

  @Override
  public String describe(ReadableConfig values) {
    InferenceSettings settings = InferenceSettings.from(values);
    RankingModel ranking = RankingChoice.model(values);
    return "Embedding with "
        + place(Models.resolve(settings.model()), settings)
        + (ranking == null
            ? ""
            : ", ranking the best "
                + ranking.candidates()
                + " candidates with "
                + place(ranking.model(), ranking.settings()))
        + ".";
  }

  private static String place(Model model, InferenceSettings settings) {
    return model.name() + " (" + model.shortDigest() + ") on " + accelerators(settings);
  }

  /** Without their parameters, which may hold secrets. */
  private static String accelerators(InferenceSettings settings) {
    return AcceleratorUri.parseList(settings.accelerator()).stream()
        .map(AcceleratorUri::toString)
        .collect(Collectors.joining(", "));
  }

  @Override
  public Streams build(
      ReadableConfig values,
      int topK,
      DataStream<Interaction> interactions,
      DataStream<Item> items,
      DataStream<ItemOffer> offers) {
    InferenceSettings settings = InferenceSettings.from(values);
    Model model = Models.resolve(settings.model());
    EmbeddedStream<Item> embedded =
        Embed.stream("embed items", items, DistinctItems::textOf, settings);
    DataStream<EmbeddedItem> vectors =
        embedded
            .rows()
            .map(EmbedAndRecommend::embeddedItem, TypeInformation.of(EmbeddedItem.class))
            .name("items with vectors")
            .uid("items with vectors");
    RecommendStreams feed =
        Recommend.feed(
            interactions,
            vectors,
            offers,
            RecommendSettings.of(topK, model.name(), settings.modelDigest())
                .withBasketGap(values.get(FeedOptions.BASKET_GAP))
                .withRules(ShopChoice.rules(values))
                .withExactUpTo(values.get(FeedOptions.EXACT_UP_TO))
                .withWeights(
                    FeedWeights.DEFAULT
                        .withDiscover(values.get(FeedOptions.DISCOVER))
                        .withSources(FeedSources.parse(values.get(FeedOptions.SOURCES)))),
            RankingChoice.model(values));
    return new Streams(
        feed.recommendations(),
        TallyOperator.count("count baskets", feed.outcomes(), EmbedAndRecommend::countBasket),
        feed.examples()
            .map(EmbedAndRecommend::personFeed, TypeInformation.of(PersonFeed.class))
            .setParallelism(1)
            .name("examples to show")
            .uid("examples to show"),
        embedded.deadLetters(),
        feed.deadLetters());
  }

  private static EmbeddedItem embeddedItem(Tuple2<Item, float[]> row) {
    Item item = row.f0;
    long since = item.getUpdatedAt() == null ? 0 : item.getUpdatedAt().toEpochMilli();
    return new EmbeddedItem(item.getItemId(), item.getTitle(), since, row.f1);
  }

  private static void countBasket(BasketOutcome outcome, Tally tally) {
    if (!outcome.part) {
      tally.add(Figure.BASKETS, 1);
    }
    if (outcome.evaluated) {
      tally.add(Figure.BASKETS_EVALUATED, 1);
      tally.add(Figure.HITS, outcome.hit ? 1 : 0);
      tally.add(Figure.RECALL, outcome.recall);
      tally.add(Figure.POPULARITY_HITS, outcome.popularityHit ? 1 : 0);
      tally.add(Figure.POPULARITY_RECALL, outcome.popularityRecall);
      tally.add(Figure.BASKETS_WITH_NEW, outcome.newItems > 0 ? 1 : 0);
      tally.add(Figure.NEW_RECALL, outcome.newRecall);
      tally.add(Figure.DISCOVERY_RECALL, outcome.discoveryRecall);
      if (outcome.alikeKnown) {
        tally.add(
            Figure.COMPARED_PLACES,
            outcome.places.values().stream().mapToInt(Integer::intValue).sum());
        tally.add(Figure.ALIKE_PLACES, outcome.alikePlaces);
      }
      if (outcome.modelAsked) {
        tally.add(Figure.MODEL_BASKETS, 1);
        tally.add(Figure.BLEND_HITS, outcome.blendHit ? 1 : 0);
        tally.add(Figure.BLEND_RECALL, outcome.blendRecall);
      }
      tally.add(Figure.COLD_PLACES, outcome.coldPlaces);
      tally.add(Figure.COLD_FOUND, outcome.coldFound);
      for (FeedSource source : FeedSource.values()) {
        tally.add(source.places, outcome.places.getOrDefault(source.reason, 0));
        tally.add(source.found, outcome.found.getOrDefault(source.reason, 0));
      }
    }
  }

  private static PersonFeed personFeed(FeedExample example) {
    return new PersonFeed(
        example.userId,
        example.baskets,
        example.time,
        example.order,
        example.bought,
        example.feed.stream().map(place -> new PersonFeed.Place(place.title, place.why)).toList());
  }
}
