package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.tensor.TensorColumns;
import dev.millrace.accelerator.tensor.TensorRows;
import dev.millrace.accelerator.tensor.TensorValue;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/**
 * From rows of tensors to batches: rows whose tensors have the same shapes go together, all others
 * in batches of their own. A model that runs rows alone gets them one by one. Used on the task's
 * thread.
 */
final class TensorIntake<W> implements Intake {

  private static final int ENOUGH_FULL = 2;
  private static final int ENOUGH_BATCHES = 16;

  /** Elements of pending rows. */
  private static final long MOST_ELEMENTS = 16L << 20;

  private final InferenceSettings settings;
  private final InferenceSession session;
  private final MemoryScope scope;
  private final Receiver<W, List<TensorValue>> receiver;
  private final InferenceCounts counts;
  private final LongSupplier clock;
  private final List<TensorSpec> inputs;
  private final int[] givenAt;
  private final List<TensorSpec> outputs;
  private final int mostRows;
  private int budget;

  /** Rows of one shape each, less than a batch; the shape whose rows wait longest is the first. */
  private final Map<List<List<Integer>>, List<PendingTensors<W>>> partial = new LinkedHashMap<>();

  private final Deque<List<PendingTensors<W>>> full = new ArrayDeque<>();
  private int waitingRows;
  private int pending;
  private long elements;

  /**
   * @param given which of the model's inputs each value of a row is
   * @param wanted which outputs an answer has, in this order
   * @param session borrowed; the caller closes it after the intake
   * @param scope borrowed likewise
   * @param clock milliseconds
   */
  TensorIntake(
      InferenceSettings settings,
      List<String> given,
      List<String> wanted,
      InferenceSession session,
      MemoryScope scope,
      Receiver<W, List<TensorValue>> receiver,
      LongSupplier clock,
      InferenceCounts counts) {
    this.settings = settings;
    this.session = session;
    this.scope = scope;
    this.receiver = receiver;
    this.clock = clock;
    this.counts = counts;
    Signature signature = session.signature();
    this.inputs = signature.inputs();
    this.givenAt = inputs.stream().mapToInt(input -> place(given, input.name())).toArray();
    this.outputs = wanted.stream().map(name -> output(signature, name)).toList();
    this.mostRows = session.runsRowsAlone() ? 1 : settings.batchRows();
    this.budget = mostRows;
  }

  private static int place(List<String> given, String input) {
    int place = given.indexOf(input);
    if (place < 0) {
      throw new IllegalArgumentException(
          "The model reads '" + input + "', and what is given is " + given + ".");
    }
    return place;
  }

  private static TensorSpec output(Signature signature, String name) {
    return signature.outputs().stream()
        .filter(output -> output.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "The model has no output '" + name + "'. It has " + signature.outputs()));
  }

  /** Takes a row. Its waiter is served in this call or later. */
  void add(W waiter, List<? extends @Nullable TensorValue> values) {
    List<TensorValue> row = new ArrayList<>(inputs.size());
    List<List<Integer>> shapes = new ArrayList<>(inputs.size());
    long count = 0;
    for (int i = 0; i < inputs.size(); i++) {
      TensorSpec input = inputs.get(i);
      TensorValue value = values.get(givenAt[i]);
      if (value == null) {
        refuse(
            waiter,
            "The row has no value for '" + input.name() + "'. It needs one for each input.");
        return;
      }
      if (!value.fits(input)) {
        refuse(
            waiter,
            "The row has the shape "
                + value.shape()
                + " for '"
                + input.name()
                + "', and the model takes "
                + input
                + ", rows first.");
        return;
      }
      row.add(value);
      shapes.add(value.shape());
      count += value.count();
    }
    elements += count;
    pending++;
    waitingRows++;
    List<PendingTensors<W>> filling = partial.computeIfAbsent(shapes, first -> new ArrayList<>());
    filling.add(new PendingTensors<>(row, waiter, clock.getAsLong()));
    if (filling.size() >= budget) {
      full.add(filling);
      partial.remove(shapes);
    }
  }

  private void refuse(W waiter, String reason) {
    counts.deadLetter();
    receiver.fail(waiter, DeadLetters.INVALID, reason, 0);
  }

  @Override
  public boolean isAnyFull() {
    return !full.isEmpty();
  }

  @Override
  public boolean isStocked() {
    return full.size() >= ENOUGH_FULL;
  }

  @Override
  public boolean isCrowded() {
    return waitingRows >= ENOUGH_BATCHES * mostRows || elements >= MOST_ELEMENTS;
  }

  @Override
  public boolean isAnyPartial() {
    return !partial.isEmpty();
  }

  @Override
  public long oldest() {
    return partial.values().iterator().next().get(0).since();
  }

  @Override
  public int pending() {
    return pending;
  }

  @Override
  public int budget() {
    return budget;
  }

  @Override
  public void limitBudget(int limit) {
    budget = Math.max(1, Math.min(mostRows, limit));
  }

  @Override
  public int mostInFlight() {
    return settings.maxInFlight(session);
  }

  @Override
  public @Nullable Duration deadline() {
    return settings.deadline();
  }

  @Override
  public @Nullable InferenceWork takeBatch(boolean evenIfNotFull) {
    List<PendingTensors<W>> taken = full.poll();
    if (taken == null && evenIfNotFull && !partial.isEmpty()) {
      Iterator<List<PendingTensors<W>>> waiting = partial.values().iterator();
      taken = waiting.next();
      waiting.remove();
    }
    if (taken == null) {
      return null;
    }
    waitingRows -= taken.size();
    return new TensorWork<>(this, List.copyOf(taken), 1, 0);
  }

  /** Never: shapes differ. */
  @Override
  public boolean isLittle(long already) {
    return false;
  }

  @Override
  public InferenceWork takeAll() {
    throw new IllegalStateException("Rows of several shapes do not go together.");
  }

  @Override
  public @Nullable String problemOf(ArrowBatch answer, int rows) {
    if (answer.rowCount() != rows) {
      return "answered " + answer.rowCount() + " rows to a batch of " + rows + ".";
    }
    for (TensorSpec output : outputs) {
      if (answer.column(output.name()) == null) {
        return "answered without the output '" + output.name() + "'.";
      }
    }
    return null;
  }

  /** Rows for the accelerator. The caller owns the batch. */
  ArrowBatch toBatch(List<PendingTensors<W>> rows) {
    return TensorRows.of(scope, inputs, rows.stream().map(PendingTensors::values).toList());
  }

  /** Rows have their answers, in their order. */
  void succeed(List<PendingTensors<W>> rows, ArrowBatch answer) {
    List<FieldVector> columns =
        outputs.stream().map(output -> answer.requireColumn(output.name())).toList();
    for (int row = 0; row < rows.size(); row++) {
      List<TensorValue> values = new ArrayList<>(columns.size());
      for (int i = 0; i < columns.size(); i++) {
        values.add(TensorColumns.value(columns.get(i), outputs.get(i).type(), row));
      }
      end(rows.get(row));
      receiver.succeed(rows.get(row).waiter(), values);
    }
  }

  /** A row will have no answer. */
  void fail(PendingTensors<W> row, String category, String reason, int attempts) {
    end(row);
    counts.deadLetter();
    receiver.fail(row.waiter(), category, reason, attempts);
  }

  private void end(PendingTensors<W> row) {
    pending--;
    for (TensorValue value : row.values()) {
      elements -= value.count();
    }
  }

  @Override
  public void close() {
    partial.clear();
    full.clear();
  }
}
