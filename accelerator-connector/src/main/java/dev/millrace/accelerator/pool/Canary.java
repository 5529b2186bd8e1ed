package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.Precision;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.embedding.Likeness;
import dev.millrace.accelerator.generation.PromptRows;
import dev.millrace.accelerator.tensor.TensorRows;
import dev.millrace.accelerator.time.Clock;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/**
 * An input with a known answer, so that a chip that lies is caught: tried when a model is loaded,
 * when a device comes back, and now and then.
 */
final class Canary implements AutoCloseable {

  /** Two devices of one precision, which add in different orders. */
  private static final double SAME = 0.999;

  /** With 8 bits a difference in the last one moves a whole step. */
  private static final double SAME_IN_INT8 = 0.99;

  /** Vectors that are to have length 1, in the least precise of the types that chips use. */
  private static final double LENGTH_TOLERANCE = 0.02;

  /** Rows with other tokens are not this near, unless all rows get one answer. */
  private static final double SUSPICIOUSLY_NEAR = 0.999_999;

  private static final String PROMPT = "Hello";

  /** With fewer, rows may well be alike. */
  private static final int ENOUGH_IDS = 16;

  private final Model model;
  private final MemoryScope scope;

  /** Null for a model that is used as it is: what it reads only its sessions know. */
  private final @Nullable ArrowBatch input;

  private final KnownAnswers known;
  private final ProcessorAnswer processor;
  private final Likeness likeness;
  private final double tolerance;
  private final boolean isVaried;

  /**
   * @param readsTexts whether a device reads texts, which the input then has beside its tokens
   */
  Canary(Model model, SessionOptions options, boolean readsTexts) {
    this.model = model;
    this.scope = MemoryScope.open("canary of " + model.name());
    boolean generates = model.task() == ModelTask.GENERATION;
    boolean raw = model.task() == ModelTask.RAW;
    long vocabulary = generates || raw ? 0 : CanaryInput.vocabulary(model.tokenizerJson());
    this.isVaried = vocabulary >= ENOUGH_IDS;
    // What a generator says has no known answer. That it says something is known after one token.
    this.input =
        raw
            ? null
            : generates
                ? PromptRows.limited(scope, PROMPT, 1)
                : CanaryInput.of(model, vocabulary, scope, readsTexts);
    this.tolerance = options.precision() == Precision.INT8 ? SAME_IN_INT8 : SAME;
    this.likeness = Likeness.of(model.task());
    this.known = new KnownAnswers(likeness, tolerance);
    this.processor = new ProcessorAnswer(model, options, likeness, tolerance);
  }

  /**
   * Tries a device.
   *
   * @param verdict is told once what is wrong, in words, or null; on a thread of the session or of
   *     the clock
   */
  void check(
      int device,
      InferenceSession session,
      Clock clock,
      long timeoutNanos,
      Consumer<@Nullable String> verdict) {
    ArrowBatch own;
    try {
      own = input == null ? TensorRows.zeros(scope, session.signature()) : input.retain();
    } catch (IllegalStateException closed) {
      verdict.accept("the pool is closed");
      return;
    }
    Check check = new Check(device, session.digest(), own.rowCount(), verdict);
    Clock.Alarm alarm =
        clock.after(
            timeoutNanos,
            () ->
                check.end(
                    "it did not answer an input with a known answer within "
                        + TimeUnit.NANOSECONDS.toSeconds(timeoutNanos)
                        + " s"));
    check.alarm = alarm;
    try (own) {
      session.infer(own).subscribe(check);
    } catch (RuntimeException | Error unexpected) {
      check.end(String.valueOf(unexpected));
    }
  }

  /**
   * From now on what a device answers is held against what the processor answers, too. Loads the
   * model there the first time, so it blocks.
   *
   * @throws dev.millrace.accelerator.AcceleratorException if the model cannot be run there
   */
  void compareWithProcessor(int device) {
    processor.compare(device, input);
  }

  /** How often another answer became the known one. */
  int changes() {
    return known.changes();
  }

  private @Nullable String problemOf(int device, String digest, int rows, ArrowBatch answer) {
    if (answer.rowCount() != rows) {
      return "it answered " + answer.rowCount() + " rows to " + rows;
    }
    float[][] vectors = vectorsOf(answer, model.task().column());
    if (vectors == null) {
      // What holds no floats is compared with nothing: that it was answered is all there is to say.
      return null;
    }
    String odd = oddityOf(vectors);
    if (odd == null) {
      odd = processor.problemOf(device, digest, vectors);
    }
    return odd == null ? known.problemOf(device, digest, vectors) : odd;
  }

  /** The rows of a column of lists of floats; null if it is none. */
  static float @Nullable [][] vectorsOf(ArrowBatch answer, String name) {
    if (!(answer.column(name) instanceof FixedSizeListVector column)
        || !(column.getDataVector() instanceof Float4Vector data)) {
      return null;
    }
    float[][] vectors = new float[answer.rowCount()][column.getListSize()];
    ArrowBuf memory = data.getDataBuffer();
    long at = 0;
    for (float[] vector : vectors) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = memory.getFloat(at);
        at += Float.BYTES;
      }
    }
    return vectors;
  }

  private @Nullable String oddityOf(float[][] vectors) {
    for (float[] vector : vectors) {
      double squares = 0;
      for (float value : vector) {
        squares += (double) value * value;
      }
      if (!Double.isFinite(squares)) {
        return "its answer to an input with a known answer is not a number";
      }
      if (model.text().normalize() && Math.abs(Math.sqrt(squares) - 1) > LENGTH_TOLERANCE) {
        return String.format(
            Locale.ROOT,
            "its answer to an input with a known answer has the length %.3f, and not 1",
            Math.sqrt(squares));
      }
    }
    float[] first = vectors[0];
    if (likeness.between(first, vectors[vectors.length - 1]) < tolerance) {
      return "it gave two answers to one row";
    }
    for (int i = 1; i < vectors.length - 1; i++) {
      if (likeness.between(first, vectors[i]) < SUSPICIOUSLY_NEAR) {
        return null;
      }
    }
    // A classifier may well be as sure of each of them.
    return isVaried && first.length > 1 && model.task() == ModelTask.EMBEDDING
        ? "it gave one answer to different rows"
        : null;
  }

  @Override
  public void close() {
    if (input != null) {
      input.close();
    }
    scope.close();
  }

  private final class Check extends BaseSubscriber<ArrowBatch> {
    private final int device;
    private final String digest;
    private final int rows;
    private final Consumer<@Nullable String> verdict;
    private final AtomicBoolean ended = new AtomicBoolean();
    volatile Clock.@Nullable Alarm alarm;

    Check(int device, String digest, int rows, Consumer<@Nullable String> verdict) {
      this.device = device;
      this.digest = digest;
      this.rows = rows;
      this.verdict = verdict;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    protected void hookOnNext(ArrowBatch answer) {
      String problem;
      try (answer) {
        problem = problemOf(device, digest, rows, answer);
      }
      end(problem);
    }

    @Override
    protected void hookOnComplete() {
      end("it ended without an answer");
    }

    @Override
    protected void hookOnError(Throwable failure) {
      if (input == null
          && failure instanceof AcceleratorException known
          && known.category() == Category.INPUT) {
        // Zeros may be nothing for the model, and a device that says so is alive.
        end(null);
        return;
      }
      end(String.valueOf(failure.getMessage()));
    }

    void end(@Nullable String problem) {
      if (ended.compareAndSet(false, true)) {
        Clock.Alarm set = alarm;
        if (set != null) {
          set.cancel();
        }
        cancel();
        verdict.accept(problem);
      }
    }
  }
}
