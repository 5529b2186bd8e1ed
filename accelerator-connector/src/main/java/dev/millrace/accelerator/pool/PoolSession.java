package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.DeviceStatus;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.RunMono;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Several accelerators behind the interface of one. What to do is decided by {@link Dispatch} and
 * {@link Judge} under one lock, which is held for microseconds and never while a session, a
 * subscriber or the clock is called.
 */
final class PoolSession implements InferenceSession, Desk {

  /** What a device may suggest that has not been asked. */
  private static final int UNKNOWN_SUGGESTION = 16_384;

  /** After a close: what has not ended by then is given up. */
  private static final long LONGEST_END_NANOS = TimeUnit.MINUTES.toNanos(2);

  private final AcceleratorUri uri;
  private final Model model;
  private final String digest;
  private final Clock clock;
  private final Runnable stopBackground;
  private final Dispatch dispatch;
  private final Judge judge;
  private final boolean readsTexts;
  private final Canary canary;
  private final Keeper keeper;
  private final Watch watch;
  private final Nurse nurse;
  private volatile @Nullable AnswerCheck check;

  /** The device that would get the next batch; null if that has to be found out. */
  private volatile @Nullable Device next;

  /** Whether it takes no more work. Written under the monitor of dispatch. */
  private volatile boolean closed;

  /** Whether all is given back. Guarded by the monitor of dispatch. */
  private boolean freed;

  /**
   * Makes a pool and begins to load the model on its devices.
   *
   * @param clock belongs to the pool from here on
   * @param background where devices are loaded, each for itself
   * @param stopBackground called once, when the pool is closed
   */
  PoolSession(
      AcceleratorUri uri,
      List<Member> members,
      Model model,
      SessionOptions options,
      String digest,
      Clock clock,
      Executor background,
      Runnable stopBackground,
      Opener opener) {
    this.uri = uri;
    this.model = model;
    this.digest = digest;
    this.clock = clock;
    this.stopBackground = stopBackground;
    List<Device> devices = new ArrayList<>();
    for (Member member : members) {
      devices.add(new Device(devices.size(), member));
    }
    this.dispatch = new Dispatch(this, devices);
    this.judge = new Judge(dispatch);
    this.readsTexts = members.stream().anyMatch(member -> Sessions.readsTexts(member.uri(), model));
    this.canary = new Canary(model, options, readsTexts);
    this.keeper = new Keeper(dispatch, judge, canary, clock, background, opener);
    this.watch = new Watch(dispatch, judge, keeper, clock);
    this.nurse = new Nurse(dispatch, judge, clock, background);
    watch.begin();
    nurse.begin();
  }

  /**
   * Waits until a device works.
   *
   * @throws AcceleratorException if none does in time, or none ever will
   */
  void awaitFirst(long nanos) {
    try {
      keeper.awaitFirst(nanos);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AcceleratorException(
          Category.UNAVAILABLE, "The wait for a first accelerator was interrupted.", interrupted);
    }
    synchronized (dispatch) {
      if (dispatch.isAnyWorking()) {
        return;
      }
      boolean forGood = dispatch.devices().stream().allMatch(device -> device.health().isForGood());
      throw new AcceleratorException(
          forGood ? Category.MODEL : Category.UNAVAILABLE,
          "No accelerator of the pool could be made ready: " + watch.reasons() + ".");
    }
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
  public boolean readsTexts() {
    return readsTexts;
  }

  @Override
  public String digest() {
    return digest;
  }

  @Override
  public Signature signature() {
    return Objects.requireNonNull(keeper.signature(), "No device of the pool is loaded.");
  }

  @Override
  public boolean batchInvariant() {
    return allLoaded(InferenceSession::batchInvariant);
  }

  @Override
  public boolean runsRowsAlone() {
    return allLoaded(InferenceSession::runsRowsAlone);
  }

  @Override
  public boolean keepsDeadline() {
    return allLoaded(InferenceSession::keepsDeadline);
  }

  private boolean allLoaded(Predicate<InferenceSession> predicate) {
    synchronized (dispatch) {
      return dispatch.devices().stream()
          .map(Device::session)
          .filter(Objects::nonNull)
          .allMatch(predicate);
    }
  }

  @Override
  public int parallelism() {
    return Math.max(1, dispatch.lanes());
  }

  @Override
  public int suggestedTokens(int width) {
    Device device = next;
    if (device == null) {
      synchronized (dispatch) {
        device = dispatch.next(clock.nanos());
        next = device;
      }
    }
    InferenceSession session = device == null ? null : device.session();
    return device == null || session == null
        ? UNKNOWN_SUGGESTION
        : Math.min(device.mostTokens(), session.suggestedTokens(width));
  }

  @Override
  public int mostSuggestedTokens() {
    synchronized (dispatch) {
      return dispatch.devices().stream()
          .filter(device -> !device.health().isForGood())
          .map(Device::session)
          .mapToInt(session -> session == null ? UNKNOWN_SUGGESTION : session.mostSuggestedTokens())
          .max()
          .orElse(UNKNOWN_SUGGESTION);
    }
  }

  @Override
  public List<DeviceStatus> devices() {
    synchronized (dispatch) {
      return dispatch.devices().stream().map(Device::status).toList();
    }
  }

  @Override
  public Mono<ArrowBatch> infer(ArrowBatch batch) {
    return new RunMono(
        this,
        batch,
        (own, subscriber) -> new PoolRun(this, own, TextColumns.INPUT_IDS, subscriber));
  }

  @Override
  public void submit(PoolRun run) {
    Effects effects = new Effects();
    synchronized (dispatch) {
      if (run.isOver()) {
        return;
      }
      if (closed) {
        Judge.end(run, closedHere(), effects);
      } else {
        dispatch.submit(run, clock.nanos(), effects);
      }
      next = null;
    }
    effects.carryOut();
  }

  @Override
  public void cancelled(PoolRun run) {
    Effects effects = new Effects();
    synchronized (dispatch) {
      if (run.isOver()) {
        return;
      }
      run.setOver();
      boolean unused = dispatch.queue().remove(run);
      long now = clock.nanos();
      for (Attempt attempt : List.copyOf(run.attempts())) {
        judge.giveUp(attempt, now, effects);
        dispatch.fill(attempt.device(), now, effects);
      }
      next = null;
    }
    effects.carryOut();
    run.letGo();
    freeAfterTheLast();
  }

  @Override
  public void answered(Attempt attempt, ArrowBatch answer) {
    String problem = problemOf(attempt, answer);
    if (problem != null) {
      answer.close();
      failed(
          attempt,
          new AcceleratorException(
              Category.OUTPUT,
              "The accelerator " + attempt.device().member().uri() + " " + problem + "."));
      return;
    }
    PoolRun run = attempt.run();
    boolean isWanted = false;
    Effects effects = new Effects();
    synchronized (dispatch) {
      if (!attempt.isDropped()) {
        long now = clock.nanos();
        Device device = attempt.device();
        boolean unused = device.release(attempt, now);
        device.answered(attempt, now);
        watch.answered();
        run.attempts().remove(attempt);
        isWanted = !run.isOver();
        run.setOver();
        dropWhatHasNotBegun(run, now, effects);
        dispatch.refresh(device, now);
        dispatch.fill(device, now, effects);
        next = null;
      }
    }
    effects.carryOut();
    if (isWanted) {
      run.answer(answer);
    } else {
      answer.close();
    }
    freeAfterTheLast();
  }

  /** A device that works on it already ends that first: its place is taken until then. */
  private void dropWhatHasNotBegun(PoolRun run, long now, Effects effects) {
    if (run.attempts().isEmpty()) {
      return;
    }
    for (Attempt other : List.copyOf(run.attempts())) {
      if (!other.hasBegun()) {
        judge.giveUp(other, now, effects);
        dispatch.fill(other.device(), now, effects);
      }
    }
  }

  private @Nullable String problemOf(Attempt attempt, ArrowBatch answer) {
    AnswerCheck known = check;
    if (known == null) {
      known = new AnswerCheck(model.task(), signature());
      check = known;
    }
    return known.problemOf(answer, attempt.rows());
  }

  @Override
  public void failed(Attempt attempt, AcceleratorException failure) {
    Effects effects = new Effects();
    synchronized (dispatch) {
      if (attempt.isDropped()) {
        return;
      }
      judge.failed(attempt, failure, clock.nanos(), effects);
      next = null;
    }
    effects.carryOut();
    freeAfterTheLast();
  }

  private AcceleratorException closedHere() {
    return new AcceleratorException(
        Category.UNAVAILABLE, this + " is closed. Keep it open for as long as it is used.");
  }

  /** Runs that are under way end first; those that no device can take are told that it is over. */
  @Override
  public void close() {
    synchronized (dispatch) {
      if (closed) {
        return;
      }
      closed = true;
      nurse.close();
      if (hasRuns()) {
        Clock.Alarm unused = clock.after(LONGEST_END_NANOS, this::free);
        return;
      }
    }
    free();
  }

  /** Whether any batch that somebody waits for is with a device, or will be. */
  private boolean hasRuns() {
    return (dispatch.isAnyWorking() && !dispatch.queue().isEmpty())
        || dispatch.devices().stream()
            .flatMap(device -> device.held().stream())
            .anyMatch(attempt -> !attempt.run().isOver());
  }

  private void freeAfterTheLast() {
    if (!closed) {
      return;
    }
    synchronized (dispatch) {
      if (freed || hasRuns()) {
        return;
      }
    }
    free();
  }

  private void free() {
    Effects effects = new Effects();
    List<InferenceSession> sessions = new ArrayList<>();
    synchronized (dispatch) {
      if (freed) {
        return;
      }
      freed = true;
      keeper.close();
      watch.close();
      dispatch.queue().forEach(run -> Judge.end(run, closedHere(), effects));
      dispatch.queue().clear();
      for (Device device : dispatch.devices()) {
        for (Attempt attempt : List.copyOf(device.held())) {
          judge.giveUp(attempt, clock.nanos(), effects);
          if (!attempt.run().isOver()) {
            Judge.end(attempt.run(), closedHere(), effects);
          }
        }
        InferenceSession session = device.replaceSession(null);
        if (session != null) {
          sessions.add(session);
        }
      }
    }
    effects.carryOut();
    sessions.forEach(InferenceSession::close);
    canary.close();
    clock.close();
    stopBackground.run();
  }

  @Override
  public String toString() {
    return "The pool of " + uri.target() + " with the model '" + model.name() + "'";
  }
}
