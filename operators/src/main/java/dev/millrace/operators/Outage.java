package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A time during which the accelerator takes no work. Rows are held meanwhile, and one batch is sent
 * now and then to find out whether it does again. Used on the task's thread.
 */
final class Outage {

  private static final Logger LOG = LoggerFactory.getLogger(Outage.class);

  private final String accelerator;
  private final long limitMillis;
  private final Pauses pauses;
  private boolean on;
  private boolean probeDue;
  private long since;
  private int pausesSoFar;

  /**
   * @param accelerator what messages call it
   * @param limit how long one may last
   */
  Outage(String accelerator, Duration limit, Pauses pauses) {
    this.accelerator = accelerator;
    this.limitMillis = limit.toMillis();
    this.pauses = pauses;
  }

  boolean isOn() {
    return on;
  }

  /** Whether one batch may be sent, to find out. */
  boolean isProbeDue() {
    return probeDue;
  }

  /** The pause is over, or the batch that ended it was sent. */
  void setProbeDue(boolean due) {
    probeDue = due;
  }

  /** Milliseconds that it has lasted; 0 if there is none. */
  long lasted(long now) {
    return on ? now - since : 0;
  }

  /**
   * The accelerator took no work. Begins an outage if there is none.
   *
   * @throws AcceleratorException if it has lasted for as long as it may
   */
  void failed(long now, Throwable failure) {
    if (!on) {
      on = true;
      since = now;
      pausesSoFar = 0;
      LOG.warn(
          "The accelerator {} takes no work: {} Rows are held for up to {} ms (option '{}').",
          accelerator,
          failure.getMessage(),
          limitMillis,
          InferenceOptions.UNAVAILABLE_TIMEOUT.key());
    } else if (now - since >= limitMillis) {
      throw new AcceleratorException(
          Category.UNAVAILABLE,
          "The accelerator "
              + accelerator
              + " has taken no work for "
              + (now - since)
              + " ms; the option '"
              + InferenceOptions.UNAVAILABLE_TIMEOUT.key()
              + "' allows "
              + limitMillis
              + " ms. Look after it, or allow more. It said last: "
              + failure.getMessage(),
          failure);
    }
  }

  /** How long to wait before the next batch is sent. Never beyond the limit. */
  Duration pause(long now) {
    long left = Math.max(1, since + limitMillis - now);
    long pause = pauses.next(pausesSoFar++).toMillis();
    return Duration.ofMillis(Math.min(left, pause));
  }

  /** The accelerator took a batch, whatever it made of it. */
  void end(long now) {
    if (on) {
      on = false;
      probeDue = false;
      LOG.info("The accelerator {} takes work again, after {} ms.", accelerator, now - since);
    }
  }
}
