package dev.millrace.jobs.feed;

import dev.millrace.schemas.Item;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Lets an item through when it is new or its text has changed, and counts it when it is new. */
final class DistinctItems extends KeyedProcessFunction<String, Item, Item> {

  private static final long serialVersionUID = 1L;

  static final OutputTag<Tally> COUNTED = new OutputTag<>("items-counted") {};

  private transient ValueState<String> text;

  @SuppressWarnings("NullAway.Init")
  DistinctItems() {}

  @Override
  public void open(OpenContext context) {
    text = getRuntimeContext().getState(new ValueStateDescriptor<>("text", String.class));
  }

  @Override
  public void processElement(Item item, Context context, Collector<Item> out) throws Exception {
    String known = text.value();
    String now = textOf(item);
    if (known == null) {
      context.output(COUNTED, Tally.of(Figure.ITEMS));
    }
    if (!now.equals(known)) {
      text.update(now);
      out.collect(item);
    }
  }

  /** What is embedded of an item: the title and what follows it. */
  static String textOf(Item item) {
    String description = item.getDescription();
    return description == null || description.isBlank()
        ? item.getTitle()
        : item.getTitle() + ". " + description;
  }
}
