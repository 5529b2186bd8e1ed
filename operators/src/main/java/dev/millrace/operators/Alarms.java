package dev.millrace.operators;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * What is to be done later on the task's thread.
 *
 * <p>Flink's timers ring them. But Flink switches its timers off before the barrier with which a
 * job is stopped with a savepoint (FLIP-147; {@code StreamOperatorWrapper.finish}), and says so
 * nowhere. Who waits for something to be done calls {@link #ring} now and then.
 *
 * <p>Of the task's thread only.
 */
final class Alarms {
  /** An action and when it is due, by a clock that does not jump. */
  static final class Alarm {
    private final long due;
    private final Runnable action;

    private Alarm(long due, Runnable action) {
      this.due = due;
      this.action = action;
    }
  }

  private final ProcessingTimeService times;
  private final PriorityQueue<Alarm> alarms =
      new PriorityQueue<>(Comparator.comparingLong(alarm -> alarm.due));

  Alarms(ProcessingTimeService times) {
    this.times = times;
  }

  /** Milliseconds of no particular beginning: not the time of day, which may jump. */
  long now() {
    return times.getClock().relativeTimeMillis();
  }

  Alarm set(Duration delay, Runnable action) {
    Alarm alarm = new Alarm(now() + delay.toMillis(), action);
    alarms.add(alarm);
    var unused =
        times.registerTimer(
            times.getCurrentProcessingTime() + delay.toMillis(), time -> ring(alarm));
    return alarm;
  }

  void cancel(Alarm alarm) {
    alarms.remove(alarm);
  }

  /** Does what is due. */
  void ring() {
    for (Alarm next = alarms.peek(); next != null && next.due <= now(); next = alarms.peek()) {
      ring(next);
    }
  }

  private void ring(Alarm alarm) {
    if (alarms.remove(alarm)) {
      alarm.action.run();
    }
  }
}
