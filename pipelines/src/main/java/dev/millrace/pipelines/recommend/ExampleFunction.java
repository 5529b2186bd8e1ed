package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Of the examples of all subtasks, those of the few people with the lowest numbers so far. */
final class ExampleFunction extends KeyedProcessFunction<Integer, FeedExample, FeedExample> {
  private static final long serialVersionUID = 1L;

  private final int people;
  private transient ListState<Long> lowest;

  ExampleFunction(int people) {
    this.people = people;
  }

  @Override
  public void open(OpenContext context) {
    lowest = getRuntimeContext().getListState(new ListStateDescriptor<>("lowest", Types.LONG));
  }

  @Override
  public void processElement(FeedExample example, Context context, Collector<FeedExample> out)
      throws Exception {
    List<Long> orders = new ArrayList<>();
    lowest.get().forEach(orders::add);
    if (!orders.contains(example.order)) {
      orders.add(example.order);
      orders.sort(Comparator.naturalOrder());
      if (orders.size() > people) {
        orders.remove(people);
      }
      lowest.update(orders);
    }
    if (orders.contains(example.order)) {
      out.collect(example);
    }
  }
}
