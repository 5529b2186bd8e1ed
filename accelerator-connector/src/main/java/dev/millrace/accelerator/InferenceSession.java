package dev.millrace.accelerator;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One model loaded on one accelerator, ready to run. Safe for use by several threads.
 *
 * <p>What a batch must hold, for a model of task embedding: the columns {@link
 * TextColumns#INPUT_IDS} and {@link TextColumns#ATTENTION_MASK}, each a fixed-size list of int64
 * whose width is the batch's padded length, and {@link TextColumns#TOKEN_COUNT}, an int32 with the
 * row's length before padding. {@link TextColumns#TOKEN_TYPE_IDS} may be left out and then reads as
 * zeros. Rows are padded at their end. The same holds for classification and token classification;
 * what is added is {@link ModelTask#column()}, and the output of the latter is {@code [rows,
 * tokens, labels]}, of which a row is one list. A session that {@link #readsTexts()} wants the
 * texts as well.
 *
 * <p>For a model of task generation: the column {@link TextColumns#PROMPT}, utf8, and, if an answer
 * is to be shorter than the model's settings allow, {@link TextColumns#TOKEN_LIMIT}. What is added
 * is {@link TextColumns#ANSWER}, {@link TextColumns#FINISH_REASON}, {@link
 * TextColumns#PROMPT_TOKENS}, {@link TextColumns#ANSWER_TOKENS} and {@link
 * TextColumns#FIRST_TOKEN_NANOS}.
 *
 * <p>For a model of task raw: a column for each input of {@link #signature()}, by its name, as
 * {@link dev.millrace.accelerator.tensor.TensorColumns} says. What is added is a column for each
 * output. Rows whose outputs have other shapes than each other's do not go together.
 */
public interface InferenceSession extends AutoCloseable {

  /** Where it runs. */
  AcceleratorUri accelerator();

  /** The model that it runs. */
  Model model();

  /**
   * SHA-256, in hexadecimal, over the model's digest and what was done to its graph. Equal digests
   * mean equal answers; where nothing was done that changes a number it is the model's own.
   */
  default String digest() {
    return model().digest();
  }

  /**
   * Whether it reads {@link TextColumns#TEXT}, and of pairs {@link TextColumns#TEXT_PAIR}, which
   * batches then hold beside their tokens.
   */
  default boolean readsTexts() {
    return false;
  }

  /** Inputs that it reads and outputs that it adds. */
  Signature signature();

  /**
   * Whether a row's answer depends on the row alone. A session keeps this promise for every model
   * unless it was opened with {@link BatchInvariance#RELAXED}; for some it must run rows alone.
   */
  boolean batchInvariant();

  /** Whether it runs each row by itself, whatever batch the row comes in. Then padding is free. */
  boolean runsRowsAlone();

  /**
   * Whether it gives a batch up by itself that takes longer than {@link SessionOptions#deadline()},
   * counted from when the batch has a place there. Then a wait for a place counts for nothing, and
   * whoever sends batches need not watch them.
   */
  default boolean keepsDeadline() {
    return false;
  }

  /** Batches that it works on at once; more in flight wait in a queue. */
  int parallelism();

  /**
   * How large a batch should be: the tokens, padding included, with which the device is at its
   * best. A hint for whoever makes batches; any other size is taken, too. Without a better one,
   * what suits a device of thousands of lanes.
   *
   * @param width tokens of each row, padding included
   */
  default int suggestedTokens(int width) {
    return 16_384;
  }

  /**
   * The most that {@link #suggestedTokens} will say for any width, now and later: for whoever lays
   * out memory.
   */
  default int mostSuggestedTokens() {
    return suggestedTokens(1);
  }

  /**
   * What the device says of its health; null if a session of this kind cannot tell. Tells what is
   * at hand, without asking anybody who may be slow.
   */
  default @Nullable DeviceReading reading() {
    return null;
  }

  /** The devices that this session is a pool of, in the order in which they were named. */
  default List<DeviceStatus> devices() {
    return List.of();
  }

  /**
   * Runs the model on a batch, when subscribed to, once for each subscription.
   *
   * <p>Ownership: the caller keeps its reference and closes it; the session retains what it reads
   * for as long as the device may read it, also after a cancellation. The batch that comes out has
   * the input's columns, shared, and the outputs as further columns; it belongs to the subscriber.
   * An answer that comes after a cancellation is closed by the session.
   *
   * <p>Thread: the answer comes on a thread of the session, which must not be blocked.
   *
   * <p>Errors: {@link AcceleratorException} and nothing else.
   */
  Mono<ArrowBatch> infer(ArrowBatch batch);

  /**
   * Runs the model on a stream of batches, in order. Demand is honoured: at most {@link
   * #parallelism()} batches are asked for beyond those that the subscriber took.
   *
   * <p>Ownership: a batch of {@code batches} belongs to this method, which closes it; what comes
   * out belongs to the subscriber. After an error or a cancellation, what has not been handed over
   * is closed.
   */
  default Flux<ArrowBatch> inferAll(Publisher<ArrowBatch> batches) {
    return Flux.defer(
        () -> {
          OwnedBatches owned = new OwnedBatches();
          return Flux.from(batches)
              .map(owned::hold)
              .flatMapSequential(
                  held ->
                      Mono.defer(
                          () -> {
                            ArrowBatch batch = held.take();
                            return batch == null
                                ? Mono.<OwnedBatches.Held>empty()
                                : Mono.using(
                                    () -> batch,
                                    given -> infer(given).map(owned::hold),
                                    ArrowBatch::close);
                          }),
                  parallelism(),
                  1)
              .<ArrowBatch>handle(
                  (held, subscriber) -> {
                    ArrowBatch answer = held.take();
                    if (answer != null) {
                      subscriber.next(answer);
                    }
                  })
              .doFinally(signal -> owned.close());
        });
  }

  /** Gives the session up. Runs that are under way end first, on their own threads. Idempotent. */
  @Override
  void close();
}
