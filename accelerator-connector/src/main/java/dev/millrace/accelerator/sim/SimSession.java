package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.DeviceReading;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.RunMono;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A model on a simulated device. Batches wait in a queue, as many as the device has lanes are under
 * way, and each ends when the clock says so. A close gives up what is under way: the device is not
 * real, so nothing of it reads memory.
 */
final class SimSession implements InferenceSession {

  private final AcceleratorUri uri;
  private final Model model;
  private final SimDevice device;
  private final Clock clock;
  private final SimAnswers answers;
  private final Deque<SimRun> queue = new ArrayDeque<>();
  private final Set<SimRun> running = new LinkedHashSet<>();
  private boolean closed;

  /**
   * @param clock belongs to the session from here on
   */
  SimSession(SimDevice device, Model model, Clock clock) {
    this.uri = device.uri();
    this.model = model;
    this.device = device;
    this.clock = clock;
    this.answers =
        model.task() == ModelTask.GENERATION
            ? new SimProse(device, model)
            : new SimNumbers(device, model);
  }

  @Override
  public AcceleratorUri accelerator() {
    return uri;
  }

  @Override
  public Model model() {
    return model;
  }

  @Override
  public String digest() {
    return SimConnector.digest(device.settings(), model);
  }

  @Override
  public Signature signature() {
    if (model.task() == ModelTask.GENERATION) {
      return SimProse.signature();
    }
    List<Long> tokens = List.of(TensorSpec.FREE, TensorSpec.FREE);
    return new Signature(
        List.of(
            new TensorSpec(TextColumns.INPUT_IDS, ElementType.INT64, tokens),
            new TensorSpec(TextColumns.ATTENTION_MASK, ElementType.INT64, tokens)),
        List.of(
            new TensorSpec(
                model.task().column(),
                ElementType.FLOAT32,
                model.task().shape(SimNumbers.width(device.settings(), model)))));
  }

  @Override
  public boolean batchInvariant() {
    return true;
  }

  @Override
  public boolean runsRowsAlone() {
    return model.task() == ModelTask.GENERATION;
  }

  @Override
  public int parallelism() {
    return device.settings().parallelism();
  }

  @Override
  public int suggestedTokens(int width) {
    return Math.max(width, device.settings().suggestedTokens());
  }

  @Override
  public int mostSuggestedTokens() {
    return Math.max(model.text().maxTokens(), device.settings().suggestedTokens());
  }

  @Override
  public DeviceReading reading() {
    return device.reading(clock);
  }

  @Override
  public Mono<ArrowBatch> infer(ArrowBatch batch) {
    return new RunMono(this, batch, (own, subscriber) -> new SimRun(this, own, subscriber));
  }

  void accept(SimRun run) {
    boolean refused;
    boolean starts = false;
    synchronized (this) {
      refused = closed;
      if (!refused) {
        starts = running.size() < parallelism();
        if (starts) {
          running.add(run);
        } else {
          queue.add(run);
        }
      }
    }
    if (refused) {
      run.end(null, closedHere());
    } else if (starts) {
      start(run);
    }
  }

  private void start(SimRun run) {
    SimDevice.Fate fate = device.begin(clock, answers.tokens(run.batch()));
    if (fate.nanos() == SimDevice.NEVER) {
      return;
    }
    Clock.Alarm alarm = clock.after(fate.nanos(), () -> finish(run, fate.fault()));
    synchronized (this) {
      run.alarm = alarm;
    }
  }

  private void finish(SimRun run, @Nullable Fault fault) {
    SimRun next;
    synchronized (this) {
      if (!running.remove(run)) {
        return;
      }
      next = queue.poll();
      if (next != null) {
        running.add(next);
      }
    }
    device.end(clock);
    ArrowBatch answer = null;
    AcceleratorException failure = null;
    try {
      answer = answers.to(run.batch(), fault);
    } catch (AcceleratorException failed) {
      failure = failed;
    }
    if (next != null) {
      start(next);
    }
    run.end(answer, failure);
  }

  void dropIfQueued(SimRun run) {
    boolean queued;
    synchronized (this) {
      queued = queue.remove(run);
    }
    if (queued) {
      run.end(null, null);
    }
  }

  private AcceleratorException closedHere() {
    return new AcceleratorException(
        Category.UNAVAILABLE, this + " is closed. Keep it open for as long as it is used.");
  }

  @Override
  public void close() {
    List<SimRun> given;
    int begun;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      given = new ArrayList<>(running);
      begun = given.size();
      given.addAll(queue);
      running.clear();
      queue.clear();
      given.forEach(
          run -> {
            if (run.alarm != null) {
              run.alarm.cancel();
            }
          });
    }
    for (int i = 0; i < begun; i++) {
      device.end(clock);
    }
    given.forEach(run -> run.end(null, closedHere()));
    answers.close();
    clock.close();
  }

  @Override
  public String toString() {
    return "The session of " + uri + " with the model '" + model.name() + "'";
  }
}
