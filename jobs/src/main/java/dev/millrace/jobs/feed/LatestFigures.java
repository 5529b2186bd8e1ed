package dev.millrace.jobs.feed;

import org.apache.flink.api.common.accumulators.Accumulator;

/**
 * Carries the one report operator's figures to the client. Flink asks for the value from a thread
 * of its own while the task goes on, so the value is an immutable copy.
 */
final class LatestFigures implements Accumulator<FeedFigures, FeedFigures> {

  private static final long serialVersionUID = 1L;

  private volatile FeedFigures latest = FeedFigures.NONE;

  @Override
  public void add(FeedFigures figures) {
    latest = figures;
  }

  @Override
  public FeedFigures getLocalValue() {
    return latest;
  }

  @Override
  public void resetLocal() {
    latest = FeedFigures.NONE;
  }

  @Override
  public void merge(Accumulator<FeedFigures, FeedFigures> other) {
    // There is one report operator; what is merged with its figures is an empty one.
    if (latest.tally().isEmpty()) {
      latest = other.getLocalValue();
    }
  }

  @Override
  @SuppressWarnings({"MissingSuperCall", "CloneableImplementsClone"})
  public LatestFigures clone() {
    LatestFigures copy = new LatestFigures();
    copy.latest = latest;
    return copy;
  }
}
