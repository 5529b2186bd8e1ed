package dev.millrace.accelerator;

import org.jspecify.annotations.Nullable;

/**
 * Anything that goes wrong between a caller and an accelerator. The message names the thing, the
 * value, what is allowed and what to do; {@link #category()} is what code decides by.
 */
public final class AcceleratorException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What went wrong, and with it whether another try can help. */
  public enum Category {
    /** The user asked for what cannot be: a bad URI, an unknown option. */
    CONFIGURATION(false),
    /** The model cannot be loaded or is not what its use needs. */
    MODEL(false),
    /** The batch is not what the model takes. */
    INPUT(false),
    /** The device answered with something that no model answers: wrong shape, NaN. */
    OUTPUT(false),
    /** The device had too little memory for the batch; a smaller one may pass. */
    OUT_OF_MEMORY(true),
    /** The device did not answer in time. */
    TIMEOUT(true),
    /** The device cannot be reached or refuses work for now. */
    UNAVAILABLE(true),
    /** The device failed in a way that says nothing of the batch. */
    DEVICE(true);

    private final boolean retryable;

    Category(boolean retryable) {
      this.retryable = retryable;
    }

    /** Whether the same batch, perhaps smaller or elsewhere, may succeed. */
    public boolean retryable() {
      return retryable;
    }
  }

  private final Category category;

  public AcceleratorException(Category category, String message) {
    this(category, message, null);
  }

  public AcceleratorException(Category category, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.category = category;
  }

  /** What went wrong. */
  public Category category() {
    return category;
  }
}
