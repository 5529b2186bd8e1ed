package dev.millrace.operators;

import dev.millrace.accelerator.DeviceReading;
import dev.millrace.accelerator.DeviceStatus;
import dev.millrace.accelerator.InferenceSession;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.jspecify.annotations.Nullable;

/**
 * What a pool tells of its devices, as metrics: a group {@code device} for each. They are those of
 * the session, which the subtasks of a process share, so each of these tells the same.
 */
final class DeviceMetrics {

  private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final InferenceSession session;
  private List<DeviceStatus> latest;
  private long latestAt;

  private DeviceMetrics(InferenceSession session, List<DeviceStatus> first) {
    this.session = session;
    this.latest = first;
    this.latestAt = System.nanoTime();
  }

  /** Adds them to the operator's group; nothing if the session is no pool. */
  static void watch(MetricGroup operatorGroup, InferenceSession session) {
    List<DeviceStatus> devices = session.devices();
    DeviceMetrics all = new DeviceMetrics(session, devices);
    MetricGroup inference = operatorGroup.addGroup("inference");
    for (int i = 0; i < devices.size(); i++) {
      all.add(inference.addGroup("device", devices.get(i).accelerator().toString()), i);
    }
  }

  private void add(MetricGroup group, int index) {
    gauge(group, "state", index, status -> status.state().name());
    gauge(group, "inFlight", index, DeviceStatus::inFlight);
    gauge(group, "batches", index, DeviceStatus::batches);
    gauge(group, "rows", index, DeviceStatus::rows);
    gauge(group, "tokens", index, DeviceStatus::tokens);
    gauge(group, "tokensPerSecond", index, DeviceStatus::tokensPerSecond);
    gauge(group, "failures", index, DeviceStatus::failures);
    gauge(group, "failovers", index, DeviceStatus::movedAway);
    gauge(group, "hedges", index, DeviceStatus::hedged);
    gauge(group, "falls", index, DeviceStatus::falls);
    gauge(group, "joules", index, DeviceStatus::joules);
    gauge(group, "celsius", index, status -> orNaN(reading(status).celsius()));
    gauge(group, "watts", index, status -> orNaN(reading(status).watts()));
  }

  private <T> void gauge(
      MetricGroup group, String name, int index, Function<DeviceStatus, T> value) {
    group.gauge(name, (Gauge<T>) () -> value.apply(status(index)));
  }

  /** A reporter asks for all of them one after another: once a second is enough. */
  private synchronized DeviceStatus status(int index) {
    long now = System.nanoTime();
    if (now - latestAt > KEPT_NANOS) {
      List<DeviceStatus> asked = session.devices();
      latest = asked.isEmpty() ? latest : asked;
      latestAt = now;
    }
    return latest.get(index);
  }

  private static DeviceReading reading(DeviceStatus status) {
    DeviceReading reading = status.reading();
    return reading == null ? DeviceReading.NOTHING : reading;
  }

  private static double orNaN(@Nullable Double value) {
    return value == null ? Double.NaN : value;
  }
}
