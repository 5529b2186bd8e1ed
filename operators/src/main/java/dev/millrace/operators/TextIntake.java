package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.embedding.TextRows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;

/**
 * From texts, or pairs of them, to batches of tokens, and from their answers to vectors. A text
 * that comes in is at one place at a time:
 *
 * <ol>
 *   <li>in the <b>cache</b>: then its waiter is served in the call that brought it;
 *   <li><b>pending already</b>: the waiter joins those who wait for the same text;
 *   <li>in a <b>bucket</b>, as tokens, until the engine takes its batch.
 * </ol>
 *
 * <p>Used on the task's thread.
 */
final class TextIntake<W extends Waiter<W>> implements Intake {

  /** UTF-16 code units of pending texts; their rows hold them once more. */
  private static final long MOST_UNITS = 16L << 20;

  /** A text has as many, or so: that much room each has in the cache. */
  private static final int FEW_SPANS = 3;

  private static final int KEPT_BATCHES_FOR_EACH_IN_FLIGHT = 4;

  private final InferenceSettings settings;

  /** As set: read for each batch, and looking an option up takes long beside a row. */
  private final OptionalInt mostInFlight;

  private final InferenceSession session;
  private final MemoryScope scope;
  private final String column;
  private final int dimension;
  private final Tokenizer tokenizer;
  private final Receiver<W, EmbeddingView> receiver;
  private final InferenceCounts counts;
  private final TokenBuffer tokens;
  private final TokenTensors tensors;
  private final Buckets<W> buckets;
  private final @Nullable SpanReader spans;
  private final VectorCache cache;
  private final EmbeddingView cached;
  private final EmbeddingView answered;
  private final PendingTexts<W> pending = new PendingTexts<>();

  private TextIntake(
      InferenceSettings settings,
      InferenceTask task,
      InferenceSession session,
      Tokenizer tokenizer,
      MemoryScope scope,
      Receiver<W, EmbeddingView> receiver,
      LongSupplier clock,
      InferenceCounts counts) {
    this.settings = settings;
    this.mostInFlight = settings.maxInFlight();
    this.session = session;
    this.scope = scope;
    this.column = session.model().task().column();
    this.tokenizer = tokenizer;
    this.receiver = receiver;
    this.counts = counts;
    int longest = session.model().text().maxTokens();
    int budget = settings.tokenBudget().orElse(session.mostSuggestedTokens());
    IntUnaryOperator tokensAtBest =
        settings.tokenBudget().isPresent() ? width -> budget : session::suggestedTokens;
    long tensorsOfBatch = task.readsPairs() ? 3 : 2;
    long batchBytes = tensorsOfBatch * Long.BYTES * Math.max(budget, longest);
    this.tokens = new TokenBuffer(scope.allocator());
    this.tensors =
        new TokenTensors(
            scope,
            batchBytes * KEPT_BATCHES_FOR_EACH_IN_FLIGHT * (settings.maxInFlight(session) + 1L),
            task.readsPairs());
    this.buckets =
        new Buckets<>(tensors, budget, tokensAtBest, settings.batchRows(), longest, clock);
    this.dimension = EmbeddingColumns.dimension(session.signature());
    this.cached = new EmbeddingView(dimension);
    this.answered = new EmbeddingView(dimension);
    boolean finds = task == InferenceTask.TOKEN_CLASSIFICATION;
    this.spans =
        finds
            ? new SpanReader(
                scope.allocator(), tokenizer, tokens, session.model().requireClassifier().labels())
            : null;
    this.cache =
        new VectorCache(
            scope.allocator(),
            settings.cacheSize().getBytes(),
            finds ? FEW_SPANS * SpanReader.NUMBERS : dimension);
  }

  /**
   * Opens one, with the tokenizer of the session's model.
   *
   * @param task one that the session's model is for
   * @param session borrowed; the caller closes it after the intake
   * @param scope borrowed likewise
   * @param clock milliseconds
   */
  static <W extends Waiter<W>> TextIntake<W> open(
      InferenceSettings settings,
      InferenceTask task,
      InferenceSession session,
      MemoryScope scope,
      Receiver<W, EmbeddingView> receiver,
      LongSupplier clock,
      InferenceCounts counts) {
    Tokenizer tokenizer = Tokenizers.of(session.model(), task);
    try {
      return new TextIntake<>(settings, task, session, tokenizer, scope, receiver, clock, counts);
    } catch (RuntimeException | Error failed) {
      tokenizer.close();
      throw failed;
    }
  }

  /** Takes a text. Its waiter is served in this call or later. */
  void add(W waiter, @Nullable String text) {
    if (text == null) {
      refuse(waiter, "The row has no text. A row needs a text to be embedded.");
      return;
    }
    PendingText<W> candidate = pending.blank();
    candidate.text().read(text);
    take(waiter, candidate);
  }

  /** Takes a pair of texts, which the model reads together. */
  void add(W waiter, @Nullable String first, @Nullable String second) {
    if (first == null || second == null) {
      refuse(waiter, "The row lacks one of its two texts. It needs both to be scored.");
      return;
    }
    PendingText<W> candidate = pending.blank();
    candidate.text().read(first, second);
    take(waiter, candidate);
  }

  /** Takes a text that lies in memory as UTF-8. Its waiter is served in this call or later. */
  void add(W waiter, ArrowBuf utf8, long start, int bytes) {
    PendingText<W> candidate = pending.blank();
    candidate.text().read(utf8, start, bytes);
    take(waiter, candidate);
  }

  private void take(W waiter, PendingText<W> candidate) {
    if (candidate.text().isBlank()) {
      boolean pair = candidate.text().isPair();
      pending.drop(candidate);
      refuse(
          waiter,
          pair
              ? "One of the row's two texts is blank. It needs both to be scored."
              : "The row's text is blank. A row needs a text to be embedded.");
      return;
    }
    if (cache.find(candidate.text(), cached)) {
      pending.drop(candidate);
      counts.cacheHit();
      receiver.succeed(waiter, cached);
      return;
    }
    PendingText<W> same = pending.find(candidate);
    if (same != null) {
      pending.drop(candidate);
      counts.duplicate();
      same.addWaiter(waiter);
      return;
    }
    candidate.addWaiter(waiter);
    pending.add(candidate);
    tokens.clear();
    int count = tokenizer.encode(candidate.text(), tokens);
    buckets.add(candidate, tokens, count);
  }

  private void refuse(W waiter, String reason) {
    counts.deadLetter();
    receiver.fail(waiter, DeadLetters.INVALID, reason, 0);
  }

  /** The column of the answers. */
  String column() {
    return column;
  }

  Buckets<W> buckets() {
    return buckets;
  }

  @Override
  public int pending() {
    return pending.size();
  }

  @Override
  public boolean isAnyFull() {
    return buckets.isAnyFull();
  }

  @Override
  public boolean isStocked() {
    return buckets.isStocked();
  }

  @Override
  public boolean isCrowded() {
    return buckets.isEnough() || pending.units() >= MOST_UNITS;
  }

  @Override
  public boolean isAnyPartial() {
    return buckets.isAnyPartial();
  }

  @Override
  public long oldest() {
    return buckets.oldest();
  }

  @Override
  public int budget() {
    return buckets.budget();
  }

  @Override
  public void limitBudget(int limit) {
    buckets.limitBudget(limit);
  }

  @Override
  public int mostInFlight() {
    return InferenceSettings.maxInFlight(mostInFlight, session);
  }

  @Override
  public Duration deadline() {
    return settings.deadline();
  }

  @Override
  public @Nullable String problemOf(ArrowBatch answer, int rows) {
    return AnswerCheck.problem(
        answer, column, rows, spans == null ? dimension : dimension * width(answer));
  }

  private static int width(ArrowBatch batch) {
    return batch.column(TextColumns.INPUT_IDS) instanceof FixedSizeListVector ids
        ? ids.getListSize()
        : 0;
  }

  @Override
  public @Nullable InferenceWork takeBatch(boolean evenIfNotFull) {
    Buckets.Filling<W> filling = buckets.take(evenIfNotFull);
    return filling == null ? null : workOf(filling);
  }

  @Override
  public boolean isLittle(long already) {
    return buckets.isLittle(already);
  }

  @Override
  public InferenceWork takeAll() {
    return workOf(buckets.takeAll());
  }

  private InferenceWork workOf(Buckets.Filling<W> filling) {
    return new TextWork<>(this, filling.texts, 0, filling.tensor);
  }

  /** Lays texts out anew, for another try. */
  TokenTensor tensorOf(PendingText<W>[] texts, int from, int count, int width) {
    TokenTensor tensor = tensors.take(width, count);
    try {
      for (int i = from; i < from + count; i++) {
        tokens.clear();
        tensor.add(tokens, tokenizer.encode(texts[i].text(), tokens));
      }
      return tensor;
    } catch (RuntimeException failure) {
      tensor.giveBack();
      throw failure;
    }
  }

  /**
   * The rows of a tensor as a batch, which the caller owns: with their texts, if the accelerator
   * reads these.
   */
  ArrowBatch toBatch(TokenTensor tensor, PendingText<W>[] texts, int from, int count) {
    ArrowBatch batch = tensor.toBatch();
    if (!session.readsTexts()) {
      return batch;
    }
    boolean pairs = count > 0 && texts[from].text().isPair();
    List<String> firsts = new ArrayList<>(count);
    List<String> seconds = new ArrayList<>(count);
    for (int i = from; i < from + count; i++) {
      firsts.add(texts[i].text().first());
      if (pairs) {
        seconds.add(texts[i].text().second());
      }
    }
    return TextRows.add(batch, scope, firsts, pairs ? seconds : null);
  }

  /** A text has its vector, which begins at a place of the answer's memory. */
  void succeed(PendingText<W> text, HeldAnswer answer, long offset) {
    EmbeddingView vector =
        spans == null
            ? answered.at(answer, offset)
            : spans.read(text.text(), answer.values(), offset);
    cache.put(text.text(), vector);
    for (W waiter = text.firstWaiter(); waiter != null; ) {
      // The receiver may use the waiter again.
      W next = waiter.nextWaiter();
      waiter.setNextWaiter(null);
      receiver.succeed(waiter, vector);
      waiter = next;
    }
    pending.remove(text);
  }

  /** A text will have no vector. */
  void fail(PendingText<W> text, String category, String reason, int attempts) {
    for (W waiter = text.firstWaiter(); waiter != null; ) {
      W next = waiter.nextWaiter();
      waiter.setNextWaiter(null);
      counts.deadLetter();
      receiver.fail(waiter, category, reason, attempts);
      waiter = next;
    }
    pending.remove(text);
  }

  @Override
  public void close() {
    buckets.close();
    tensors.close();
    tokens.close();
    cache.close();
    if (spans != null) {
      spans.close();
    }
    tokenizer.close();
  }
}
