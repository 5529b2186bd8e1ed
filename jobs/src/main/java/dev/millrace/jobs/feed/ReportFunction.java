package dev.millrace.jobs.feed;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.co.CoProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Adds up what the others count, and keeps a few people's feeds to show. Runs at parallelism 1. Its
 * state is the totals, so that they are exactly-once; the client sees them as an accumulator.
 */
final class ReportFunction extends CoProcessFunction<Tally, PersonFeed, Tally>
    implements CheckpointedFunction {

  private static final long serialVersionUID = 1L;

  /** The accumulator's name. */
  static final String FIGURES = "feed_figures";

  private static final int EXAMPLES = 3;

  // Flink calls initializeState() and open() before anything else.
  @SuppressWarnings("NullAway.Init")
  private transient Tally total;

  @SuppressWarnings("NullAway.Init")
  private transient List<PersonFeed> examples;

  @SuppressWarnings("NullAway.Init")
  private transient ListState<Tally> savedTotal;

  @SuppressWarnings("NullAway.Init")
  private transient ListState<PersonFeed> savedExamples;

  @SuppressWarnings("NullAway.Init")
  private transient LatestFigures latest;

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    savedTotal =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("total", TypeInformation.of(Tally.class)));
    savedExamples =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>("examples", TypeInformation.of(PersonFeed.class)));
    total = new Tally();
    for (Tally saved : savedTotal.get()) {
      total.add(saved);
    }
    examples = new ArrayList<>();
    savedExamples.get().forEach(examples::add);
  }

  @Override
  public void open(OpenContext context) {
    latest = new LatestFigures();
    getRuntimeContext().addAccumulator(FIGURES, latest);
    publish();
  }

  @Override
  public void processElement1(Tally delta, Context context, Collector<Tally> out) {
    total.add(delta);
    publish();
  }

  @Override
  public void processElement2(PersonFeed feed, Context context, Collector<Tally> out) {
    if (keep(examples, feed)) {
      publish();
    }
  }

  /**
   * Takes a feed in among the examples if its person is one of those to show: the newest feed of
   * each of the people with the lowest order. That does not depend on the order in which feeds
   * come, so every run of the same input shows the same.
   */
  static boolean keep(List<PersonFeed> examples, PersonFeed feed) {
    for (int i = 0; i < examples.size(); i++) {
      if (examples.get(i).person().equals(feed.person())) {
        if (feed.eventTime() < examples.get(i).eventTime()) {
          return false;
        }
        examples.set(i, feed);
        return true;
      }
    }
    examples.add(feed);
    examples.sort(Comparator.comparingLong(PersonFeed::order).thenComparing(PersonFeed::person));
    return examples.size() <= EXAMPLES || !examples.remove(EXAMPLES).equals(feed);
  }

  private void publish() {
    latest.add(new FeedFigures(total.copy(), new ArrayList<>(examples)));
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    savedTotal.update(List.of(total.copy()));
    savedExamples.update(new ArrayList<>(examples));
  }
}
