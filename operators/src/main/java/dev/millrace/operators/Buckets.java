package dev.millrace.operators;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Texts of like length, gathered until they make a batch.
 *
 * <p>A bucket's width is at most a sixteenth more than its shortest text, and exact up to 32
 * tokens: so a long text pads nobody, and there are few shapes. A bucket is full when its batch
 * holds the row limit or, padding included, the token budget.
 *
 * <p>A full bucket goes first. One that is not full goes when it is asked for: then the one whose
 * first row has waited longest. No row is passed by more than {@link #MOST_BUDGETS_PASSED} budgets
 * of tokens, however rare its length.
 */
final class Buckets<W extends Waiter<W>> implements AutoCloseable {

  /** Widths grow in this many steps from one power of two to the next. */
  private static final int STEPS_AN_OCTAVE = 16;

  private static final int MOST_BUDGETS_PASSED = 16;

  /** So small a share of a good batch hardly takes a device longer than a single row. */
  private static final int SHARE_OF_LITTLE = 8;

  /** With so many full batches in stock more rows would wait for nothing. */
  private static final int ENOUGH_FULL = 2;

  private final TokenTensors tensors;
  private final IntUnaryOperator tokensAtBest;
  private final LongSupplier clock;
  private final int mostRows;
  private final int longest;
  private final int listLength;
  private final @Nullable Filling<W>[] byWidth;

  /** Those that are not full, the one with the oldest row first. */
  private final Deque<Filling<W>> partial = new ArrayDeque<>();

  private final Deque<Filling<W>> full = new ArrayDeque<>();
  private final Deque<PendingText<W>[]> spareLists = new ArrayDeque<>();
  private final int ceiling;
  private int budget;
  private long waitingTokens;
  private int waitingRows;
  private long tokensTaken;

  /**
   * @param budget the most padded tokens in a batch; a single row may be longer
   * @param tokensAtBest the padded tokens that make a good batch, for rows of a width
   * @param mostRows the most rows in a batch
   * @param longest the most tokens that a text has
   * @param clock milliseconds
   */
  @SuppressWarnings({"unchecked", "rawtypes"})
  Buckets(
      TokenTensors tensors,
      int budget,
      IntUnaryOperator tokensAtBest,
      int mostRows,
      int longest,
      LongSupplier clock) {
    this.tokensAtBest = tokensAtBest;
    this.tensors = tensors;
    this.clock = clock;
    this.ceiling = budget;
    this.budget = budget;
    this.mostRows = mostRows;
    this.longest = longest;
    this.byWidth = new Filling[longest + 1];
    // What the accelerator is at its best with may grow: a pool's devices come and go.
    this.listLength = Math.max(1, Math.min(mostRows, budget));
  }

  /** The width of the bucket for a text of so many tokens. */
  static int width(int tokens, int longest) {
    int step = Math.max(1, Integer.highestOneBit(Math.max(1, tokens - 1)) / STEPS_AN_OCTAVE);
    return Math.min((tokens + step - 1) / step * step, longest);
  }

  /** Adds a text with its {@code count} ids, which are the first of {@code ids}. */
  void add(PendingText<W> text, TokenBuffer ids, int count) {
    int width = width(count, longest);
    Filling<W> filling = byWidth[width];
    if (filling == null) {
      filling =
          new Filling<>(tensors.take(width, rowsOf(width)), list(), clock.getAsLong(), tokensTaken);
      byWidth[width] = filling;
      partial.add(filling);
    }
    filling.add(text, ids, count);
    waitingRows++;
    waitingTokens += width;
    // The budget may have risen since the tensor was made.
    if (filling.rows() >= Math.min(rowsOf(width), filling.tensor.capacity())) {
      byWidth[width] = null;
      partial.remove(filling);
      full.add(filling);
    }
  }

  /** A list for the texts of a batch, of any width. */
  @SuppressWarnings({"unchecked", "rawtypes"})
  private PendingText<W>[] list() {
    PendingText<W>[] used = spareLists.poll();
    return used == null ? new PendingText[listLength] : used;
  }

  /** Takes the list of a batch's texts back; nobody reads it any more. */
  void reuse(PendingText<W>[] list) {
    spareLists.push(list);
  }

  private int rowsOf(int width) {
    int tokens = Math.min(budget, tokensAtBest.applyAsInt(width));
    return Math.max(1, Math.min(mostRows, tokens / width));
  }

  /** Whether a batch is full. */
  boolean isAnyFull() {
    return !full.isEmpty();
  }

  /** When the oldest row of those that are in no full batch came; only if there is one. */
  long oldest() {
    return partial.getFirst().since;
  }

  /** Whether rows wait in buckets that are not full. */
  boolean isAnyPartial() {
    return !partial.isEmpty();
  }

  /**
   * Takes a batch out, which then belongs to the caller.
   *
   * @param evenIfNotFull whether one that is not full will do
   * @return null if there is none
   */
  @Nullable Filling<W> take(boolean evenIfNotFull) {
    Filling<W> taken;
    if (!full.isEmpty() && !isOldestPassedTooOften()) {
      taken = full.remove();
    } else if (!partial.isEmpty() && (evenIfNotFull || !full.isEmpty())) {
      taken = partial.remove();
      byWidth[taken.tensor.width()] = null;
    } else {
      return null;
    }
    waitingRows -= taken.rows();
    int padded = taken.rows() * taken.tensor.width();
    waitingTokens -= padded;
    tokensTaken += padded;
    return taken;
  }

  /**
   * Whether all that waits, as one batch, is little for the accelerator, also with what it has
   * already.
   *
   * @param already padded tokens
   */
  boolean isLittle(long already) {
    if (partial.isEmpty() || !full.isEmpty() || waitingRows > mostRows) {
      return false;
    }
    int width = widest();
    int atBest = Math.min(budget, tokensAtBest.applyAsInt(width));
    return already + (long) waitingRows * width <= atBest / SHARE_OF_LITTLE;
  }

  private int widest() {
    int widest = 0;
    for (Filling<W> filling : partial) {
      widest = Math.max(widest, filling.tensor.width());
    }
    return widest;
  }

  /**
   * Takes all that waits out as one batch, as wide as the longest of its rows, if it {@link
   * #isLittle}. It belongs to the caller.
   */
  Filling<W> takeAll() {
    if (partial.size() > 1) {
      Filling<W> oldest = partial.getFirst();
      Filling<W> all =
          new Filling<>(
              tensors.take(widest(), waitingRows), list(), oldest.since, oldest.tokensTakenBefore);
      for (Filling<W> filling : partial) {
        byWidth[filling.tensor.width()] = null;
        all.addAll(filling);
        filling.tensor.giveBack();
        reuse(filling.texts);
      }
      partial.clear();
      waitingTokens = (long) waitingRows * all.tensor.width();
      partial.add(all);
    }
    return Objects.requireNonNull(take(true), "Nothing waits.");
  }

  private boolean isOldestPassedTooOften() {
    Filling<W> oldest = partial.peek();
    return oldest != null && tokensTaken - oldest.tokensTakenBefore > passedAtMost();
  }

  private long passedAtMost() {
    return (long) MOST_BUDGETS_PASSED * budget;
  }

  /** Whether there are full batches enough to go on with. */
  boolean isStocked() {
    return full.size() >= ENOUGH_FULL;
  }

  /** Whether so many rows wait that more would not make better batches. */
  boolean isEnough() {
    return waitingTokens >= passedAtMost();
  }

  /** Rows that wait. */
  int rows() {
    return waitingRows;
  }

  /** The most padded tokens in a batch. */
  int budget() {
    return budget;
  }

  /** From here on batches hold at most so many padded tokens, and never more than at first. */
  void limitBudget(int limit) {
    budget = Math.max(1, Math.min(ceiling, limit));
  }

  @Override
  public void close() {
    partial.forEach(filling -> filling.tensor.giveBack());
    full.forEach(filling -> filling.tensor.giveBack());
    partial.clear();
    full.clear();
  }

  /** A batch that is being filled. */
  static final class Filling<W extends Waiter<W>> {
    final TokenTensor tensor;
    final PendingText<W>[] texts;
    private final long since;
    private final long tokensTakenBefore;

    private Filling(
        TokenTensor tensor, PendingText<W>[] texts, long since, long tokensTakenBefore) {
      this.tensor = tensor;
      this.texts = texts;
      this.since = since;
      this.tokensTakenBefore = tokensTakenBefore;
    }

    private void add(PendingText<W> text, TokenBuffer ids, int count) {
      texts[tensor.rows()] = text;
      tensor.add(ids, count);
    }

    private void addAll(Filling<W> other) {
      System.arraycopy(other.texts, 0, texts, tensor.rows(), other.rows());
      tensor.addAll(other.tensor);
    }

    int rows() {
      return tensor.rows();
    }
  }
}
