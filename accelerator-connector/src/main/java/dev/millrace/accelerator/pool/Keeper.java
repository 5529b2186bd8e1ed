package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.DeviceState;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the model on devices, tries those that are out of work, and makes their sessions anew. Each
 * device by itself in the background: one that hangs while it loads keeps nobody waiting.
 */
final class Keeper {

  private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);

  /** Loading takes disk and processors, which those that work need. */
  private static final int MOST_AT_ONCE = 4;

  /** One that takes longer does not count among these. */
  private static final long LOADS_FOR = TimeUnit.SECONDS.toNanos(10);

  private static final long FIRST_ANSWER = TimeUnit.SECONDS.toNanos(120);
  private static final long LATER_ANSWER = TimeUnit.SECONDS.toNanos(10);
  private static final long CHECK_EVERY = TimeUnit.MINUTES.toNanos(5);

  private final Dispatch dispatch;
  private final Judge judge;
  private final Canary canary;
  private final Clock clock;
  private final Executor background;
  private final Opener opener;
  private final CountDownLatch settled = new CountDownLatch(1);
  private final Random jitter = new Random(1);

  // Guarded by the monitor of dispatch from here on.

  private final Deque<Long> loading = new ArrayDeque<>();
  private @Nullable Signature signature;
  private int changesSeen;
  private boolean closed;

  Keeper(
      Dispatch dispatch,
      Judge judge,
      Canary canary,
      Clock clock,
      Executor background,
      Opener opener) {
    this.dispatch = dispatch;
    this.judge = judge;
    this.canary = canary;
    this.clock = clock;
    this.background = background;
    this.opener = opener;
  }

  /** Waits until a device works, or none ever will, or the time is over. */
  void awaitFirst(long nanos) throws InterruptedException {
    boolean unused = settled.await(nanos, TimeUnit.NANOSECONDS);
  }

  /** What the model reads and adds, as the first device that was loaded said. */
  @Nullable Signature signature() {
    synchronized (dispatch) {
      return signature;
    }
  }

  /** Begins what is due. Its caller holds the monitor. */
  void beginDue(Device device, long now, Effects effects) {
    if (closed || device.isBusyElsewhere()) {
      return;
    }
    DeviceState state = device.health().state();
    if (state == DeviceState.LOADING || device.health().isTryDue(now)) {
      tryOut(device, now, effects);
    } else if (state.works() && now - device.checkAt() >= 0) {
      device.setBusyElsewhere(true);
      InferenceSession session = device.requireSession();
      effects.then(() -> check(device, session, LATER_ANSWER));
    }
  }

  private void tryOut(Device device, long now, Effects effects) {
    boolean loads = device.needsNewSession() || device.session() == null;
    if (loads) {
      while (!loading.isEmpty() && now - loading.getFirst() > LOADS_FOR) {
        loading.remove();
      }
      if (loading.size() >= MOST_AT_ONCE) {
        return;
      }
      loading.add(now);
    }
    device.setBusyElsewhere(true);
    InferenceSession old = loads ? device.replaceSession(null) : device.session();
    effects.then(
        () ->
            background.execute(
                () -> {
                  if (loads) {
                    load(device, old);
                  } else if (old != null) {
                    check(device, old, LATER_ANSWER);
                  }
                }));
  }

  private void load(Device device, @Nullable InferenceSession old) {
    InferenceSession session;
    long begun = clock.nanos();
    try {
      if (old != null) {
        old.close();
      }
      if (device.member().comparedWithProcessor()) {
        canary.compareWithProcessor(device.index());
      }
      session = opener.open(device.member().uri());
    } catch (RuntimeException | Error failure) {
      loadedInVain(device, failure);
      return;
    }
    LOG.info(
        "{} is loaded, in {} ms.",
        device.member().uri(),
        TimeUnit.NANOSECONDS.toMillis(clock.nanos() - begun));
    if (adopt(device, session)) {
      check(device, session, FIRST_ANSWER);
    }
  }

  private boolean adopt(Device device, InferenceSession session) {
    synchronized (dispatch) {
      loading.poll();
      if (!closed) {
        InferenceSession unused = device.replaceSession(session);
        device.setNeedsNewSession(false);
        return true;
      }
    }
    session.close();
    return false;
  }

  private void loadedInVain(Device device, Throwable failure) {
    String why = String.valueOf(failure.getMessage());
    boolean forGood =
        failure instanceof AcceleratorException known
            && (known.category() == Category.MODEL || known.category() == Category.CONFIGURATION);
    Effects effects = new Effects();
    synchronized (dispatch) {
      loading.poll();
      device.setBusyElsewhere(false);
      if (closed) {
        return;
      }
      if (forGood) {
        giveUp(device, why);
      } else {
        LOG.warn("{} could not be loaded: {}", device.member().uri(), why);
        device.health().triedInVain(why, clock.nanos());
      }
      dispatch.recount(clock.nanos());
      loadMore(clock.nanos(), effects);
    }
    effects.carryOut();
  }

  private void loadMore(long now, Effects effects) {
    for (Device device : dispatch.devices()) {
      if (loading.size() >= MOST_AT_ONCE) {
        return;
      }
      if (device.health().state() == DeviceState.LOADING) {
        beginDue(device, now, effects);
      }
    }
  }

  private void giveUp(Device device, String why) {
    LOG.error("{} is left out: {}", device.member().uri(), why);
    device.health().giveUp(why);
    if (dispatch.devices().stream().allMatch(each -> each.health().isForGood())) {
      settled.countDown();
    }
  }

  private void check(Device device, InferenceSession session, long timeout) {
    canary.check(
        device.index(), session, clock, timeout, problem -> concluded(device, session, problem));
  }

  private void concluded(Device device, InferenceSession session, @Nullable String problem) {
    Effects effects = new Effects();
    Signature own = session.signature();
    synchronized (dispatch) {
      device.setBusyElsewhere(false);
      if (closed || device.session() != session) {
        return;
      }
      long now = clock.nanos();
      if (problem == null) {
        device.setCheckAt(now + (long) (CHECK_EVERY * (0.8 + 0.4 * jitter.nextDouble())));
        if (!device.health().state().works()) {
          comesBack(device, own, now, effects);
        }
      } else if (device.health().state().works()) {
        judge.fall(device, problem, Health.Cause.FAULT, now, effects);
      } else {
        LOG.warn("{} was tried in vain: {}", device.member().uri(), problem);
        device.health().blame(now);
        device.health().triedInVain(problem, now);
        device.setNeedsNewSession(true);
      }
      askAgainIfAnotherAnswerIsKnown(now);
      loadMore(now, effects);
    }
    effects.carryOut();
  }

  private void comesBack(Device device, Signature own, long now, Effects effects) {
    if (signature != null && !signature.outputs().equals(own.outputs())) {
      giveUp(
          device,
          "the model has the outputs "
              + own.outputs()
              + " there, and on the device before it "
              + signature.outputs());
      InferenceSession unfit = device.replaceSession(null);
      if (unfit != null) {
        effects.then(unfit::close);
      }
      return;
    }
    signature = own;
    boolean first = device.health().state() == DeviceState.LOADING;
    device.health().back();
    LOG.info("{} {}.", device.member().uri(), first ? "is up" : "works again");
    settled.countDown();
    dispatch.recount(now);
    dispatch.fill(device, now, effects);
  }

  private void askAgainIfAnotherAnswerIsKnown(long now) {
    if (changesSeen != canary.changes()) {
      changesSeen = canary.changes();
      dispatch.devices().forEach(device -> device.setCheckAt(now));
    }
  }

  /** Its caller holds the monitor. Sessions that come later are closed. */
  void close() {
    closed = true;
    settled.countDown();
  }
}
