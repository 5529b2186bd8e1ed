package dev.millrace.pipelines.recommend;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.IOUtils;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Finds the candidates to judge the feed by each basket, learns the basket, and finds the
 * candidates of the next feed.
 *
 * <p><b>Time.</b> Everything happens as of a <em>moment</em> of event time, which means: knowing
 * all that happened before it, on whichever subtask, and nothing else. A basket of time t is judged
 * as of t, and the feed after it is made as of t + 1 ms. The moment m has come when the watermark
 * reaches m + gap, because baskets arrive up to the gap after their time. Timers of all people fire
 * in the order of time, so the subtask's {@link Catalogue} is only ever moved forwards.
 *
 * <p><b>Again.</b> Where the shop wants it, a person's feed is made again as of so much after the
 * one that followed the last basket, and so on until the person has been away for too long. One
 * timer a person waits for that; those of before a newer basket find another moment noted, and do
 * nothing.
 *
 * <p><b>State.</b> A person's history and baskets that wait are keyed. The catalogue is built from
 * broadcast events. The broadcast state has it only while a checkpoint is taken, and of items'
 * lists has references to where they lie, which {@link ItemStateSerializer} follows. Subtasks may
 * have applied more or fewer of the waiting events by then, but applied and waiting together are
 * the same on all of them, so any of them can be restored anywhere.
 *
 * <p><b>Late.</b> A basket that was late where baskets are put together is not judged and has no
 * feed of its own: it is added to the history and to popularity, and the person's next feed has it.
 * It is still handled in the order of time where that is possible. That it may not be is why it is
 * not judged: whether a feed knew it would be a matter of chance.
 */
final class CandidateFunction
    extends KeyedBroadcastProcessFunction<String, Basket, CatalogueEvent, Slate>
    implements CheckpointedFunction, CheckpointListener {
  private static final long serialVersionUID = 1L;

  static final MapStateDescriptor<String, ItemState> ITEMS =
      new MapStateDescriptor<>("items", StringSerializer.INSTANCE, new ItemStateSerializer());
  static final MapStateDescriptor<Integer, CatalogueEvent> WAITING =
      new MapStateDescriptor<>(
          "waiting-events", Types.INT, TypeInformation.of(CatalogueEvent.class));

  /** Fewer baskets do not show what a person likes. */
  private static final int EXAMPLE_BASKETS = 3;

  private static final int EXAMPLE_PURCHASES = 8;

  private final RecommendSettings settings;
  private final long gap;
  private final OutputTag<BasketOutcome> outcomes;
  private final @Nullable RankingReader forModel;

  private transient ValueState<PersonState> people;
  private transient ListState<Basket> waiting;

  // Flink calls initializeState() before anything else.
  @SuppressWarnings("NullAway.Init")
  private transient BroadcastState<String, ItemState> itemState;

  @SuppressWarnings("NullAway.Init")
  private transient BroadcastState<Integer, CatalogueEvent> waitingEvents;

  private transient @Nullable RestoredLists lists;

  @SuppressWarnings("NullAway.Init")
  private transient Catalogue catalogue;

  private transient Candidates candidates;
  private transient FeedJudge judge;
  private transient Decay history;
  private transient ExampleSample sample;

  /**
   * @param forModel what a ranking model will be asked; null for none
   */
  @SuppressWarnings(
      "NullAway.Init") // Flink calls initializeState() and open() before anything else.
  CandidateFunction(
      RecommendSettings settings,
      OutputTag<BasketOutcome> outcomes,
      @Nullable RankingReader forModel) {
    this.settings = settings;
    this.gap = settings.basketGap().toMillis();
    this.outcomes = outcomes;
    this.forModel = forModel;
  }

  /** Flink calls this before anything else, and then reads the state. */
  @Override
  public void setRuntimeContext(RuntimeContext context) {
    super.setRuntimeContext(context);
    lists = RestoredLists.begin(context.getJobInfo().getJobId());
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    catalogue = new Catalogue(settings, Objects.requireNonNull(lists).end());
    itemState = context.getOperatorStateStore().getBroadcastState(ITEMS);
    waitingEvents = context.getOperatorStateStore().getBroadcastState(WAITING);
    for (Map.Entry<String, ItemState> entry : itemState.immutableEntries()) {
      catalogue.restore(entry.getValue());
    }
    for (Map.Entry<Integer, CatalogueEvent> entry : waitingEvents.immutableEntries()) {
      catalogue.add(entry.getValue());
    }
    forgetState();
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    forgetState();
    for (ItemState item : catalogue.items(context.getCheckpointId())) {
      itemState.put(item.itemId, item);
    }
    int index = 0;
    for (List<CatalogueEvent> events : catalogue.waiting()) {
      for (CatalogueEvent event : events) {
        waitingEvents.put(index++, event);
      }
    }
  }

  /** A checkpoint has its own copies. */
  private void forgetState() {
    itemState.clear();
    waitingEvents.clear();
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) {
    forgetState();
    catalogue.isDone(checkpoint);
  }

  @Override
  public void notifyCheckpointAborted(long checkpoint) {
    forgetState();
    catalogue.isDone(checkpoint);
  }

  @Override
  public void close() throws Exception {
    IOUtils.closeAll(catalogue, lists, super::close);
  }

  @Override
  public void open(OpenContext context) {
    people =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>("person", TypeInformation.of(PersonState.class)));
    waiting =
        getRuntimeContext()
            .getListState(
                new ListStateDescriptor<>("waiting-baskets", TypeInformation.of(Basket.class)));
    candidates = new Candidates(settings);
    if (forModel != null) {
      forModel.open();
    }
    judge = new FeedJudge(candidates, settings.topK(), forModel);
    history = Decay.of(settings.historyHalfLife());
    sample = new ExampleSample(settings.examples());
  }

  @Override
  public void processBroadcastElement(CatalogueEvent event, Context context, Collector<Slate> out) {
    catalogue.add(event);
    // Also where no timer fires because this subtask has no people: what waits must not grow
    // without bound.
    long watermark = context.currentWatermark();
    if (watermark >= Long.MIN_VALUE + gap) {
      catalogue.advance(watermark - gap);
    }
  }

  @Override
  public void processElement(Basket basket, ReadOnlyContext context, Collector<Slate> out)
      throws Exception {
    long due = basket.time + gap;
    if (due <= context.currentWatermark()) {
      PersonState person = person();
      BasketOutcome outcome = new BasketOutcome(basket, person.baskets == 0);
      outcome.late = true;
      person.add(basket, history, settings.historyItems());
      people.update(person);
      context.output(outcomes, outcome);
    } else {
      waiting.add(basket);
      context.timerService().registerEventTimeTimer(due);
    }
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<Slate> out)
      throws Exception {
    long moment = timestamp - gap;
    catalogue.advance(moment);
    PersonState person = person();
    if (person.feedAt == moment) {
      out.collect(next(person, moment, context.getCurrentKey()));
      person.feedAt = Long.MIN_VALUE;
      person.refreshAfter(moment, settings.rules());
      remindOfRefresh(person, context);
    } else if (person.refreshAt == moment && moment != 0 && !isBeyondTheEnd(moment, context)) {
      out.collect(slate(person, moment, context.getCurrentKey()));
      person.refreshAgain(settings.rules());
      remindOfRefresh(person, context);
    }
    for (Basket basket : takeWaiting(moment)) {
      if (FeedJudge.isJudged(basket, person)) {
        out.collect(judge.slate(basket, person, catalogue));
      } else {
        context.output(outcomes, new BasketOutcome(basket, person.baskets == 0));
      }
      person.add(basket, history, settings.historyItems());
      if (!basket.late) {
        person.feedAt = moment + 1;
        context.timerService().registerEventTimeTimer(timestamp + 1);
      }
    }
    people.update(person);
  }

  private void remindOfRefresh(PersonState person, OnTimerContext context) {
    if (person.refreshAt != 0) {
      context.timerService().registerEventTimeTimer(person.refreshAt + gap);
    }
  }

  /**
   * Where a stream ends, all timers fire, whatever their time. Whether time would have come to a
   * moment is told by the baskets, all of which have been heard of then.
   */
  private boolean isBeyondTheEnd(long moment, OnTimerContext context) {
    return context.currentWatermark() == Long.MAX_VALUE && moment > catalogue.latestBasket();
  }

  private PersonState person() throws Exception {
    PersonState person = people.value();
    return person == null ? new PersonState() : person;
  }

  private List<Basket> takeWaiting(long moment) throws Exception {
    List<Basket> now = Due.take(waiting, basket -> basket.time <= moment);
    now.sort(Basket.ORDER);
    return now;
  }

  private Slate slate(PersonState person, long moment, String userId) {
    Slate slate = candidates.of(userId, person, catalogue, moment);
    if (forModel != null) {
      forModel.read(slate, person, catalogue);
    }
    return slate;
  }

  private Slate next(PersonState person, long moment, String userId) {
    Slate slate = slate(person, moment, userId);
    // Each time that the baskets have doubled: a few times for a person, and never far from the
    // last.
    if (settings.examples() > 0
        && person.baskets >= EXAMPLE_BASKETS
        && (person.baskets == EXAMPLE_BASKETS || Integer.bitCount(person.baskets) == 1)) {
      long order = ExampleSample.order(userId, settings.seed());
      if (sample.admits(userId, order)) {
        slate.shown = shown(slate, order, person);
      }
    }
    return slate;
  }

  private Slate.Shown shown(Slate slate, long order, PersonState person) {
    Slate.Shown shown = new Slate.Shown();
    shown.example.userId = slate.userId;
    shown.example.order = order;
    shown.example.time = slate.time - 1;
    shown.example.baskets = person.baskets;
    for (String itemId : person.recent(EXAMPLE_PURCHASES)) {
      shown.example.bought.add(catalogue.shown(itemId));
    }
    for (String itemId : slate.items) {
      shown.titles.put(itemId, catalogue.shown(itemId));
    }
    for (String itemId : person.purchases.keySet()) {
      shown.titles.put(itemId, catalogue.shown(itemId));
    }
    shown.times = new int[slate.bought];
    for (int i = 0; i < slate.bought; i++) {
      Purchase purchase = person.purchases.get(slate.items[i]);
      shown.times[i] = purchase == null ? 0 : purchase.baskets;
    }
    return shown;
  }
}
