package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.generation.AnswerColumns;
import dev.millrace.accelerator.generation.GeneratedAnswer;
import dev.millrace.accelerator.generation.PromptRows;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.arrow.vector.VarCharVector;
import org.jspecify.annotations.Nullable;

/**
 * From prompts to batches of one each: it is the server that runs together what it has, however
 * long each takes. Equal prompts are asked each for itself, since a generator may answer each in
 * another way. Used on the task's thread.
 */
final class PromptIntake<W> implements Intake {

  /** UTF-16 code units of pending prompts. */
  private static final long MOST_UNITS = 16L << 20;

  /** With so many that wait more would wait for nothing. */
  private static final int ENOUGH = 2;

  private final InferenceSettings settings;
  private final InferenceSession session;
  private final MemoryScope scope;
  private final Receiver<W, GeneratedAnswer> receiver;
  private final InferenceCounts counts;
  private final GenerationMetrics metrics;
  private final Deque<PendingPrompt<W>> waiting = new ArrayDeque<>();
  private int pending;
  private long units;

  /**
   * @param session borrowed; the caller closes it after the intake
   * @param scope borrowed likewise
   */
  PromptIntake(
      InferenceSettings settings,
      InferenceSession session,
      MemoryScope scope,
      Receiver<W, GeneratedAnswer> receiver,
      InferenceCounts counts,
      GenerationMetrics metrics) {
    this.settings = settings;
    this.session = session;
    this.scope = scope;
    this.receiver = receiver;
    this.counts = counts;
    this.metrics = metrics;
  }

  /** Takes a prompt. Its waiter is served in this call or later. */
  void add(W waiter, @Nullable String prompt) {
    if (prompt == null || prompt.isBlank()) {
      counts.deadLetter();
      receiver.fail(
          waiter,
          DeadLetters.INVALID,
          (prompt == null ? "The row has no prompt." : "The row's prompt is blank.")
              + " A row needs a prompt to be answered.",
          0);
      return;
    }
    pending++;
    units += prompt.length();
    waiting.add(new PendingPrompt<>(prompt, waiter));
  }

  @Override
  public boolean isAnyFull() {
    return !waiting.isEmpty();
  }

  @Override
  public boolean isStocked() {
    return waiting.size() >= ENOUGH;
  }

  @Override
  public boolean isCrowded() {
    return units >= MOST_UNITS;
  }

  @Override
  public boolean isAnyPartial() {
    return false;
  }

  @Override
  public long oldest() {
    throw new IllegalStateException("A prompt is a batch by itself.");
  }

  @Override
  public int pending() {
    return pending;
  }

  @Override
  public int budget() {
    return 1;
  }

  @Override
  public void limitBudget(int limit) {
    // One prompt at a time is as few as can be.
  }

  /** None is sent ahead: its server would let it wait, and none is quicker for it. */
  @Override
  public int mostInFlight() {
    return settings.maxInFlight().orElseGet(session::parallelism);
  }

  @Override
  public @Nullable Duration deadline() {
    return session.keepsDeadline() ? null : settings.deadline();
  }

  @Override
  public @Nullable InferenceWork takeBatch(boolean evenIfNotFull) {
    PendingPrompt<W> next = waiting.poll();
    return next == null ? null : new PromptWork<>(this, next, 1, 0);
  }

  /** Never: each prompt is a request. */
  @Override
  public boolean isLittle(long already) {
    return false;
  }

  @Override
  public InferenceWork takeAll() {
    throw new IllegalStateException("Prompts go one by one.");
  }

  @Override
  public @Nullable String problemOf(ArrowBatch answer, int rows) {
    if (answer.rowCount() != rows) {
      return "answered " + answer.rowCount() + " rows to " + rows + " prompts.";
    }
    return answer.column(TextColumns.ANSWER) instanceof VarCharVector texts
            && texts.getNullCount() == 0
        ? null
        : "answered without a column '" + TextColumns.ANSWER + "' of texts.";
  }

  /** A prompt for the accelerator. The caller owns the batch. */
  ArrowBatch toBatch(PendingPrompt<W> prompt) {
    return PromptRows.of(scope, prompt.prompt());
  }

  /** A prompt has its answer, the first row of a batch. */
  void succeed(PendingPrompt<W> prompt, ArrowBatch answer) {
    GeneratedAnswer read = AnswerColumns.read(answer, 0);
    end(prompt);
    metrics.answered(read);
    receiver.succeed(prompt.waiter(), read);
  }

  /** A prompt will have no answer. */
  void fail(PendingPrompt<W> prompt, String category, String reason, int attempts) {
    end(prompt);
    counts.deadLetter();
    receiver.fail(prompt.waiter(), category, reason, attempts);
  }

  private void end(PendingPrompt<W> prompt) {
    pending--;
    units -= prompt.prompt().length();
  }

  @Override
  public void close() {
    waiting.clear();
  }
}
