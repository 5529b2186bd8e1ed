package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.DeviceReading;
import dev.millrace.accelerator.time.Clock;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The device behind the sessions: it lives on when they are closed, so that one that has died is
 * found dead by whoever opens it again. Safe for use by several threads.
 */
final class SimDevice {

  /** A batch that is never answered. */
  static final long NEVER = Long.MAX_VALUE;

  /**
   * What becomes of a batch.
   *
   * @param nanos until it is answered; {@link #NEVER} if it hangs
   * @param fault what goes wrong with it; null if nothing does
   */
  record Fate(long nanos, @Nullable Fault fault) {}

  private final AcceleratorUri uri;
  private final SimSettings settings;
  private final Random random;
  private final SimHeat heat = new SimHeat();
  private long born = -1;
  private int running;
  private boolean off;

  SimDevice(AcceleratorUri uri, SimSettings settings) {
    this.uri = uri;
    this.settings = settings;
    this.random = new Random(settings.faultSeed());
  }

  AcceleratorUri uri() {
    return uri;
  }

  SimSettings settings() {
    return settings;
  }

  /** Its life begins when it is first asked for the time. */
  private long age(Clock clock) {
    long now = clock.nanos();
    if (born < 0) {
      born = now;
    }
    return now - born;
  }

  /** Fails if it is gone at this moment. */
  synchronized void requireAlive(Clock clock) {
    if (isDead(pass(clock))) {
      throw dead();
    }
  }

  private boolean isDead(long age) {
    return off || settings.plan(Fault.DIE).isAt(age);
  }

  private AcceleratorException dead() {
    return new AcceleratorException(
        Category.UNAVAILABLE,
        "The simulated device " + uri + (off ? " went off, too hot." : " is dead."));
  }

  /** A batch is begun. {@link #end} follows, unless it hangs. */
  synchronized Fate begin(Clock clock, long tokens) {
    long age = pass(clock);
    running++;
    if (isDead(age)) {
      return new Fate(0, Fault.DIE);
    }
    long nanos = settings.batchNanos() + (long) (tokens * 1e9 / settings.tokensPerSecond());
    if (heat.throttles()) {
      nanos *= 2;
    }
    if (strikes(Fault.SLOW, age)) {
      nanos = (long) (nanos * settings.slowFactor());
    }
    Fault fault = null;
    if (strikes(Fault.HANG, age)) {
      nanos = NEVER;
      fault = Fault.HANG;
    } else if (tokens > settings.memoryBytes() / settings.tokenBytes()
        || strikes(Fault.OUT_OF_MEMORY, age)) {
      nanos = settings.batchNanos();
      fault = Fault.OUT_OF_MEMORY;
    } else if (strikes(Fault.FAIL, age)) {
      fault = Fault.FAIL;
    } else if (strikes(Fault.NAN, age)) {
      fault = Fault.NAN;
    } else if (strikes(Fault.WRONG_SHAPE, age)) {
      fault = Fault.WRONG_SHAPE;
    } else if (strikes(Fault.LIE, age)) {
      fault = Fault.LIE;
    }
    long left = settings.plan(Fault.DIE).nextAfter(age) - age;
    return left < nanos ? new Fate(left, Fault.DIE) : new Fate(nanos, fault);
  }

  private boolean strikes(Fault fault, long age) {
    Fault.Plan plan = settings.plan(fault);
    return plan.isAt(age) || (plan.rate() > 0 && random.nextDouble() < plan.rate());
  }

  /** A batch has ended, or is given up. */
  synchronized void end(Clock clock) {
    long unused = pass(clock);
    running--;
  }

  /** What goes wrong, as a session tells it. */
  AcceleratorException failure(Fault fault, int rows) {
    String what = "The simulated device " + uri;
    return switch (fault) {
      case DIE -> dead();
      case OUT_OF_MEMORY ->
          new AcceleratorException(
              Category.OUT_OF_MEMORY,
              what + " has too little memory for " + rows + " rows. Give a smaller batch.");
      default ->
          new AcceleratorException(
              Category.DEVICE, what + " failed a batch of " + rows + " rows, as it was told to.");
    };
  }

  synchronized DeviceReading reading(Clock clock) {
    long age = pass(clock);
    double load = load();
    return new DeviceReading(
        heat.celsius(),
        isDead(age) ? 0 : heat.watts(load),
        load,
        null,
        settings.memoryBytes(),
        heat.throttles(),
        0L,
        !isDead(age),
        true);
  }

  private double load() {
    return Math.min(1, (double) running / settings.parallelism());
  }

  /** Lets time pass for its temperature, and gives its age. */
  private long pass(Clock clock) {
    long age = age(clock);
    heat.pass(age, off ? 0 : load(), !settings.plan(Fault.OVERHEAT).isAt(age));
    if (heat.celsius() >= SimHeat.GOES_OFF) {
      off = true;
    } else if (off && !heat.throttles()) {
      off = false;
    }
    return age;
  }
}
