package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.flink.api.common.state.ListState;

/** What waits in state until event time has come to it. */
final class Due {
  private Due() {}

  /** Takes out what is due, in the order in which it came. */
  static <T> List<T> take(ListState<T> waiting, Predicate<T> isDue) throws Exception {
    List<T> now = new ArrayList<>();
    List<T> later = new ArrayList<>();
    for (T one : waiting.get()) {
      (isDue.test(one) ? now : later).add(one);
    }
    if (!now.isEmpty()) {
      waiting.update(later);
    }
    return now;
  }
}
