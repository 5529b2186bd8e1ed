package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.DeviceState;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.ModelTask;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a failure means for the device and for the batch. Its callers hold the monitor of {@link
 * Dispatch}.
 *
 * <p>A failure that lies in the batch is the subscriber's. After any other the batch runs on
 * another device. A bad answer may be either's fault: the device is tried with an input whose
 * answer is known, and a batch that gets a second bad answer is the subscriber's.
 */
final class Judge {

  private static final Logger LOG = LoggerFactory.getLogger(Judge.class);

  /** A batch that fails on so many devices is not moved any more. */
  private static final int MOST_TRIED = 4;

  private final Dispatch dispatch;

  Judge(Dispatch dispatch) {
    this.dispatch = dispatch;
  }

  /** A device failed a batch. */
  void failed(Attempt attempt, AcceleratorException failure, long now, Effects effects) {
    Device device = attempt.device();
    PoolRun run = attempt.run();
    device.release(attempt, now);
    run.attempts().remove(attempt);
    blame(device, run, failure, now, effects);
    if (!run.isOver() && run.attempts().isEmpty()) {
      goOn(run, device, failure, now, effects);
    }
    dispatch.refresh(device, now);
    dispatch.fill(device, now, effects);
  }

  private void blame(
      Device device, PoolRun run, AcceleratorException failure, long now, Effects effects) {
    String why = String.valueOf(failure.getMessage());
    switch (failure.category()) {
      case CONFIGURATION, MODEL, INPUT -> {}
      case OUT_OF_MEMORY -> {
        device.failed();
        device.tooMuch(run.tokens());
      }
      case OUTPUT -> {
        device.failed();
        run.addBadAnswer();
        if (generates(device)) {
          // One answer that was cut off says little of the many others that are being written.
          strike(device, why, now, effects);
        } else if (run.badAnswers() == 1) {
          fall(device, why, Health.Cause.DOUBT, now, effects);
        }
      }
      case TIMEOUT -> {
        device.failed();
        device.setNeedsNewSession(true);
        fall(device, why, Health.Cause.FAULT, now, effects);
      }
      case UNAVAILABLE -> {
        device.failed();
        // It refuses, which is no fault; what it has begun it may yet answer.
        boolean unused = takeOut(device, why, Health.Cause.REFUSAL, now);
      }
      case DEVICE -> strike(device, why, now, effects);
    }
  }

  private static boolean generates(Device device) {
    InferenceSession session = device.session();
    return session != null && session.model().task() == ModelTask.GENERATION;
  }

  private void strike(Device device, String why, long now, Effects effects) {
    device.failed();
    DeviceState before = device.health().state();
    if (device.health().strike(why, now)) {
      device.setNeedsNewSession(true);
      fall(device, why, Health.Cause.FAULT, now, effects);
    } else if (before == DeviceState.UP) {
      LOG.warn("{} failed a batch and is watched: {}", device.member().uri(), why);
    }
  }

  private boolean takeOut(Device device, String why, Health.Cause cause, long now) {
    if (!device.health().state().works()) {
      return false;
    }
    device.health().fall(why, now, cause);
    LOG.warn(
        "{} gets no work until it has shown that it can do it ({}): {}",
        device.member().uri(),
        device.health().state(),
        why);
    dispatch.recount(now);
    return true;
  }

  /** Takes a device out of work; what it holds runs elsewhere. */
  void fall(Device device, String why, Health.Cause cause, long now, Effects effects) {
    if (!takeOut(device, why, cause, now)) {
      return;
    }
    for (Attempt attempt : List.copyOf(device.held())) {
      giveUp(attempt, now, effects);
      PoolRun run = attempt.run();
      if (!run.isOver() && run.attempts().isEmpty()) {
        device.movedAway();
        dispatch.resubmit(run, now, effects);
      }
    }
  }

  /** What a device says of a batch does not count any more. */
  void giveUp(Attempt attempt, long now, Effects effects) {
    attempt.drop();
    attempt.device().release(attempt, now);
    attempt.run().attempts().remove(attempt);
    dispatch.refresh(attempt.device(), now);
    effects.cancel(attempt);
  }

  private void goOn(
      PoolRun run, Device device, AcceleratorException failure, long now, Effects effects) {
    run.setLastFailure(failure);
    run.tried().add(device);
    if (isTheSubscribers(run, failure)) {
      end(run, failure, effects);
      return;
    }
    if (!dispatch.isAnyWorking()) {
      // Whatever comes back has earned a new try.
      run.tried().clear();
    }
    device.movedAway();
    dispatch.resubmit(run, now, effects);
  }

  private boolean isTheSubscribers(PoolRun run, AcceleratorException failure) {
    Category category = failure.category();
    return switch (category) {
      case CONFIGURATION, MODEL, INPUT -> true;
      case OUT_OF_MEMORY -> !dispatch.isAnyOther(run.tried(), run.tokens());
      case OUTPUT -> run.badAnswers() > 1;
      case TIMEOUT, UNAVAILABLE, DEVICE ->
          run.tried().size() >= MOST_TRIED
              || (dispatch.isAnyWorking() && !dispatch.isAnyOther(run.tried(), run.tokens()));
    };
  }

  static void end(PoolRun run, AcceleratorException failure, Effects effects) {
    run.setOver();
    effects.fail(run, failure);
  }
}
