package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.time.SystemClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Looks at accelerators without running a job on them: loads a model on each, asks it an input with
 * a known answer, measures it for a moment and reads its telemetry. One that hangs keeps the others
 * from nothing. For one thread.
 */
public final class DeviceSurvey implements AutoCloseable {

  /** How long each is measured. */
  private static final Duration MEASURED_FOR = Duration.ofMillis(700);

  private final SystemClock clock = SystemClock.start("millrace devices");
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "millrace devices");
            thread.setDaemon(true);
            return thread;
          });
  private final Canary canary;
  private final List<SurveyedDevice> devices = new ArrayList<>();

  /**
   * @param uri one accelerator, or a pool of several, as {@link AcceleratorUri#parsePool} makes it
   * @throws dev.millrace.accelerator.AcceleratorException of category CONFIGURATION if a member is
   *     wrong
   */
  public DeviceSurvey(AcceleratorUri uri, Model model, SessionOptions options) {
    List<Member> members =
        uri.scheme().equals(AcceleratorUri.POOL) ? Member.of(uri) : List.of(Member.alone(uri));
    boolean readsTexts =
        members.stream().anyMatch(member -> Sessions.readsTexts(member.uri(), model));
    this.canary = new Canary(model, options, readsTexts);
    for (Member member : members) {
      devices.add(
          new SurveyedDevice(devices.size(), member, model, options, canary, clock, MEASURED_FOR));
    }
  }

  /**
   * Looks at all of them at once. Sessions stay open, so that a second look is quick.
   *
   * @param patience after so long what is not known of a device is left out
   * @return a report on each, in the order in which they were named
   */
  public List<DeviceReport> look(Duration patience) throws InterruptedException {
    long ends = System.nanoTime() + patience.toNanos();
    ofAll(SurveyedDevice::load, ends);
    // The answer is known when all have been asked: what most of them say.
    ofAll(SurveyedDevice::ask, ends);
    ofAll(SurveyedDevice::ask, ends);
    // One after another: two that share a processor would each seem half as fast.
    for (SurveyedDevice device : devices) {
      await(
          List.of(CompletableFuture.runAsync(device::measure, threads)),
          Math.min(ends, System.nanoTime() + MEASURED_FOR.toNanos() * 10));
    }
    return devices.stream().map(SurveyedDevice::report).toList();
  }

  private void ofAll(Consumer<SurveyedDevice> what, long ends) throws InterruptedException {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (SurveyedDevice device : devices) {
      all.add(CompletableFuture.runAsync(() -> what.accept(device), threads));
    }
    await(all, ends);
  }

  private static void await(List<CompletableFuture<Void>> futures, long ends)
      throws InterruptedException {
    try {
      CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
          .get(Math.max(1, ends - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (java.util.concurrent.TimeoutException | java.util.concurrent.ExecutionException left) {
      // The device's report says what it came to.
    }
  }

  @Override
  public void close() {
    devices.forEach(SurveyedDevice::close);
    canary.close();
    clock.close();
    threads.shutdown();
  }
}
