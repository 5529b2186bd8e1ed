package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Recommendation;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * The recommendation feed: what a person buys again, what is near to it, and what many buy,
 * blended.
 *
 * <p>All of it is computed in event time. The answers depend neither on the parallelism nor on the
 * order in which rows arrive, as long as they arrive before the watermark has passed them.
 */
public final class Recommend {
  private Recommend() {}

  /**
   * Makes a feed of each person after each basket, and judges it by the next one.
   *
   * @param interactions purchases, those of positive quantity only. Each one's timestamp is its
   *     {@code event_time}
   * @param items what the items are, each with the time from which that is known as its timestamp.
   *     An item may come again with another text. Items that never come are recommended all the
   *     same, by history and popularity. Where there will be no items at all, give a stream that
   *     ends: the feed waits for its watermarks
   */
  public static RecommendStreams feed(
      DataStream<Interaction> interactions,
      DataStream<EmbeddedItem> items,
      RecommendSettings settings) {
    return feed(interactions, items, null, settings);
  }

  /**
   * The same, with what is to be had.
   *
   * @param offers whether items are to be had and what {@link ItemFilter}s are asked of, each with
   *     the time from which that is so as its timestamp. Where nothing is said of an item, it is to
   *     be had. One that is not to be had still counts in people's histories and as a companion.
   *     Null for none
   */
  public static RecommendStreams feed(
      DataStream<Interaction> interactions,
      DataStream<EmbeddedItem> items,
      @Nullable DataStream<ItemOffer> offers,
      RecommendSettings settings) {
    return feed(interactions, items, offers, settings, null);
  }

  /**
   * The same, put in order by a ranking model, too. It is asked about a feed's best candidates, in
   * one more stage of inference; how much its word counts is learnt from each basket, as all else
   * is. A candidate that it cannot be asked about, or gives no answer to, stands where the others'
   * mean does.
   *
   * @param model null for none
   * @throws dev.millrace.accelerator.AcceleratorException if the model cannot be read, or is for
   *     something else
   * @throws IllegalArgumentException if a sequence model's folder or tensors are not as they should
   *     be
   */
  public static RecommendStreams feed(
      DataStream<Interaction> interactions,
      DataStream<EmbeddedItem> items,
      @Nullable DataStream<ItemOffer> offers,
      RecommendSettings settings,
      @Nullable RankingModel model) {
    OutputTag<BasketOutcome> outcomes =
        new OutputTag<>("outcomes", TypeInformation.of(BasketOutcome.class));
    OutputTag<FeedExample> examples =
        new OutputTag<>("examples", TypeInformation.of(FeedExample.class));
    TypeInformation<CatalogueEvent> events = TypeInformation.of(CatalogueEvent.class);

    DataStream<Basket> baskets =
        interactions
            .keyBy(Interaction::getUserId, Types.STRING)
            .process(
                new BasketAssembler(settings.basketGap(), settings.basketMemory()),
                TypeInformation.of(Basket.class))
            .name("baskets")
            .uid("recommend-baskets");
    DataStream<CatalogueEvent> catalogue =
        baskets
            .map(CatalogueEvent::of, events)
            .name("bought")
            .uid("recommend-bought")
            .union(
                items
                    .global()
                    .transform("what is near", events, new NeighboursOperator(settings))
                    .uid("recommend-near")
                    .forceNonParallel())
            .union(companions(baskets, settings, events));
    if (offers != null) {
      catalogue =
          catalogue.union(
              offers
                  .keyBy(offer -> offer.itemId, Types.STRING)
                  .process(new OfferFunction(), events)
                  .name("offers")
                  .uid("recommend-offers"));
    }
    SingleOutputStreamOperator<Slate> slates =
        baskets
            .keyBy(basket -> basket.userId, Types.STRING)
            .connect(catalogue.broadcast(CandidateFunction.ITEMS, CandidateFunction.WAITING))
            .process(
                new CandidateFunction(settings, outcomes, model == null ? null : model.reader()),
                TypeInformation.of(Slate.class))
            .name("candidates")
            .uid("recommend-candidates");
    DataStream<Slate> judged =
        slates
            .filter(slate -> slate.outcome != null)
            .name("candidates with baskets")
            .uid("recommend-judged");
    FeedWriter writer = new FeedWriter(settings, outcomes, examples);
    RankedFeeds ranked =
        model == null
            ? RankedFeeds.byBlend(slates, judged, settings, writer)
            : RankedFeeds.byModel(slates, judged, settings, writer, model);
    SingleOutputStreamOperator<Recommendation> recommendations = ranked.recommendations();
    DataStream<FeedExample> sampled =
        recommendations
            .getSideOutput(examples)
            .keyBy(example -> 0, Types.INT)
            .process(
                new ExampleFunction(settings.examples()), TypeInformation.of(FeedExample.class))
            .setParallelism(1)
            .name("examples")
            .uid("recommend-examples");
    return new RecommendStreams(
        recommendations,
        slates.getSideOutput(outcomes).union(recommendations.getSideOutput(outcomes)),
        sampled,
        ranked.deadLetters());
  }

  private static DataStream<CatalogueEvent> companions(
      DataStream<Basket> baskets,
      RecommendSettings settings,
      TypeInformation<CatalogueEvent> events) {
    int most = settings.companions().basketItems();
    return baskets
        .<BasketItem>flatMap((basket, out) -> BasketItem.of(basket, most).forEach(out::collect))
        .returns(TypeInformation.of(BasketItem.class))
        .name("items of baskets")
        .uid("recommend-basket-items")
        .keyBy(item -> item.itemId, Types.STRING)
        .process(new CompanionsFunction(settings), events)
        .name("companions")
        .uid("recommend-companions");
  }
}
