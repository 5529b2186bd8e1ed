package dev.millrace.accelerator.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which batch goes to which device. A batch goes to the device that will have it done first, by
 * what is known of its speed and what it holds; without a place anywhere it waits for the first
 * that comes free, so that no device is idle while a batch waits. Guarded by its own monitor, which
 * its callers hold.
 */
final class Dispatch {

  /** How far a device looks past batches that are not for it. */
  private static final int MOST_LOOKED_AT = 64;

  private final Desk desk;
  private final List<Device> devices;
  private final Deque<PoolRun> queue = new ArrayDeque<>();

  /** Devices with a place, in no order. */
  private final List<Device> free = new ArrayList<>();

  private int working;
  private int workingNotSpare;
  private volatile int lanes;

  Dispatch(Desk desk, List<Device> devices) {
    this.desk = desk;
    this.devices = List.copyOf(devices);
  }

  List<Device> devices() {
    return devices;
  }

  Deque<PoolRun> queue() {
    return queue;
  }

  /** Whether any device works. */
  boolean isAnyWorking() {
    return working > 0;
  }

  /** Batches that all devices together work on at once. Readable from any thread. */
  int lanes() {
    return lanes;
  }

  /** A batch comes in. */
  void submit(PoolRun run, long now, Effects effects) {
    Device device = choose(run.tokens(), run.tried(), now);
    if (device == null) {
      run.setQueuedAt(now);
      queue.addLast(run);
    } else {
      start(run, device, now, effects);
    }
  }

  /** A batch comes back, and goes before those that have not been tried. */
  void resubmit(PoolRun run, long now, Effects effects) {
    Device device = choose(run.tokens(), run.tried(), now);
    if (device == null) {
      run.setQueuedAt(now);
      queue.addFirst(run);
    } else {
      start(run, device, now, effects);
    }
  }

  /** Sends a batch to a device that has a place. */
  void start(PoolRun run, Device device, long now, Effects effects) {
    Attempt attempt = new Attempt(desk, run, device, now);
    run.attempts().add(attempt);
    device.take(attempt, now);
    refresh(device, now);
    effects.send(attempt);
  }

  /** The device that would have a batch done first; null if none has a place for it. */
  @Nullable Device choose(long tokens, List<Device> but, long now) {
    Device best = null;
    double bestTime = Double.POSITIVE_INFINITY;
    for (int i = 0; i < free.size(); i++) {
      Device device = free.get(i);
      if (isFor(device, tokens) && (but.isEmpty() || !but.contains(device))) {
        double time = device.untilDone(tokens);
        if (time < bestTime
            || (time == bestTime && best != null && device.index() < best.index())) {
          best = device;
          bestTime = time;
        }
      }
    }
    return best;
  }

  /**
   * The device that would get the next batch: one with a place, or else the one that will have one
   * soonest; null if none works.
   */
  @Nullable Device next(long now) {
    Device best = choose(1, List.of(), now);
    if (best != null) {
      return best;
    }
    double bestTime = Double.POSITIVE_INFINITY;
    for (Device device : devices) {
      if (device.works() && isInTurn(device) && device.share() > 0) {
        double time = device.untilDone(1);
        if (time < bestTime) {
          best = device;
          bestTime = time;
        }
      }
    }
    return best;
  }

  private boolean isInTurn(Device device) {
    return !device.isSpare() || workingNotSpare == 0;
  }

  private boolean isFor(Device device, long tokens) {
    return isInTurn(device) && (device.takes(tokens) || !isTakenByAny(tokens));
  }

  private boolean isTakenByAny(long tokens) {
    for (Device device : devices) {
      if (device.works() && device.takes(tokens)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a device works that is not one of some, and takes so many tokens. */
  boolean isAnyOther(List<Device> tried, long tokens) {
    for (Device device : devices) {
      if (device.works() && device.takes(tokens) && !tried.contains(device)) {
        return true;
      }
    }
    return false;
  }

  /** Gives a device what waits for it. */
  void fill(Device device, long now, Effects effects) {
    while (!queue.isEmpty() && device.hasPlace(now)) {
      PoolRun run = takeFor(device);
      if (run == null) {
        return;
      }
      start(run, device, now, effects);
    }
  }

  void fillAll(long now, Effects effects) {
    for (Device device : devices) {
      if (queue.isEmpty()) {
        return;
      }
      fill(device, now, effects);
    }
  }

  private @Nullable PoolRun takeFor(Device device) {
    int looked = 0;
    Iterator<PoolRun> waiting = queue.iterator();
    while (waiting.hasNext() && looked++ < MOST_LOOKED_AT) {
      PoolRun run = waiting.next();
      if (isFor(device, run.tokens()) && !run.tried().contains(device)) {
        waiting.remove();
        return run;
      }
    }
    return null;
  }

  /** A device has a place now, or has none any more. */
  void refresh(Device device, long now) {
    boolean has = device.hasPlace(now);
    int place = device.freeIndex();
    if (has && place < 0) {
      device.setFreeIndex(free.size());
      free.add(device);
    } else if (!has && place >= 0) {
      Device last = free.remove(free.size() - 1);
      if (last != device) {
        free.set(place, last);
        last.setFreeIndex(place);
      }
      device.setFreeIndex(-1);
    }
  }

  /** The state of some device changed. */
  void recount(long now) {
    working = 0;
    workingNotSpare = 0;
    int count = 0;
    for (Device device : devices) {
      refresh(device, now);
      if (device.works()) {
        working++;
        count += device.lanes();
        if (!device.isSpare()) {
          workingNotSpare++;
        }
      }
    }
    lanes = count;
  }
}
