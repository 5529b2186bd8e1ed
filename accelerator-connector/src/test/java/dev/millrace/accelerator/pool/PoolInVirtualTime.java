package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.DeviceState;
import dev.millrace.accelerator.DeviceStatus;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.onnx.TokenBatches;
import dev.millrace.accelerator.sim.SimDevices;
import dev.millrace.accelerator.time.VirtualClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import reactor.core.Disposable;

/** A pool of simulated devices and one caller that keeps so many batches in flight. */
final class PoolInVirtualTime implements AutoCloseable {

  final VirtualClock clock = new VirtualClock();
  final SimDevices devices = new SimDevices(clock);
  final PoolSession pool;
  final List<AcceleratorException> failures = new ArrayList<>();
  private final MemoryScope scope = MemoryScope.open("virtual callers");
  private final List<Disposable> callers = new ArrayList<>();
  private long rowsAnswered;
  private long batchesAnswered;
  private int inFlight;
  private boolean stopped;

  PoolInVirtualTime(String uris) {
    AcceleratorUri uri = AcceleratorUri.parsePool(uris);
    Model model = Models.resolve("minilm");
    pool =
        new PoolSession(
            uri,
            Member.of(uri),
            model,
            SessionOptions.defaults(),
            "digest",
            clock,
            task -> clock.after(0, task),
            () -> {},
            member -> devices.open(member, model));
  }

  /** Lets time pass until all devices have been tried. */
  void load() {
    boolean loaded =
        clock.advanceUntil(
            () ->
                pool.devices().stream().noneMatch(device -> device.state() == DeviceState.LOADING),
            TimeUnit.MINUTES.toNanos(5));
    if (!loaded) {
      throw new AssertionError("not loaded: " + pool.devices());
    }
  }

  ArrowBatch batch(int rows, int width) {
    List<long[]> tokens = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      long[] ids = new long[width];
      for (int i = 0; i < width; i++) {
        ids[i] = 1000 + row * 31L + i;
      }
      tokens.add(ids);
    }
    return TokenBatches.of(scope, tokens);
  }

  /** Sends a batch, and another when it is answered, so many at a time, until {@link #stop}. */
  void keepInFlight(int batches, int rows, int width) {
    try (ArrowBatch batch = batch(rows, width)) {
      for (int i = 0; i < batches; i++) {
        again(batch.retain());
      }
    }
  }

  private void again(ArrowBatch batch) {
    if (stopped) {
      batch.close();
      return;
    }
    inFlight++;
    send(
        batch,
        answer -> {
          inFlight--;
          rowsAnswered += answer.rowCount();
          batchesAnswered++;
          answer.close();
          again(batch);
        },
        failure -> {
          inFlight--;
          failures.add(failure);
          again(batch);
        });
  }

  /** Sends one batch, which stays the caller's. */
  void send(
      ArrowBatch batch, Consumer<ArrowBatch> answered, Consumer<AcceleratorException> failed) {
    callers.add(
        pool.infer(batch)
            .subscribe(answered, failure -> failed.accept((AcceleratorException) failure)));
  }

  void stop() {
    stopped = true;
  }

  int inFlight() {
    return inFlight;
  }

  long rowsAnswered() {
    return rowsAnswered;
  }

  long batchesAnswered() {
    return batchesAnswered;
  }

  DeviceStatus device(int index) {
    return pool.devices().get(index);
  }

  void seconds(double seconds) {
    clock.advance((long) (seconds * 1e9));
  }

  @Override
  public void close() {
    stopped = true;
    pool.close();
    // What is under way ends first; a device that hangs is given up.
    seconds(180);
    scope.close();
  }
}
