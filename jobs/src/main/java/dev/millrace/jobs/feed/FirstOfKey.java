package dev.millrace.jobs.feed;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Counts the distinct keys of a stream. */
final class FirstOfKey<T> extends KeyedProcessFunction<String, T, Tally> {

  private static final long serialVersionUID = 1L;

  private final Figure figure;
  private transient ValueState<Boolean> seen;

  @SuppressWarnings("NullAway.Init")
  FirstOfKey(Figure figure) {
    this.figure = figure;
  }

  @Override
  public void open(OpenContext context) {
    seen = getRuntimeContext().getState(new ValueStateDescriptor<>("seen", Boolean.class));
  }

  @Override
  public void processElement(T row, Context context, Collector<Tally> out) throws Exception {
    if (seen.value() == null) {
      seen.update(true);
      out.collect(Tally.of(figure));
    }
  }
}
