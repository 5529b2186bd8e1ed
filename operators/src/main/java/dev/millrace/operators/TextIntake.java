package dev.millrace.operators;

import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import java.util.function.IntUnaryOperator;
import org.apache.arrow.memory.ArrowBuf;
import org.jspecify.annotations.Nullable;

/**
 * From texts to batches: answers what the cache knows, joins what is pending, tokenises the rest
 * into buckets. Used on the task's thread.
 */
final class TextIntake<W extends Waiter<W>> implements AutoCloseable {

  private static final int KEPT_BATCHES_FOR_EACH_IN_FLIGHT = 4;

  private final String column;
  private final Tokenizer tokenizer;
  private final InferenceEngine.Host<W> host;
  private final InferenceCounts counts;
  private final TokenBuffer tokens;
  private final TokenTensors tensors;
  private final Buckets<W> buckets;
  private final VectorCache cache;
  private final EmbeddingView cached;
  private final EmbeddingView answered;
  private final PendingTexts<W> pending = new PendingTexts<>();

  TextIntake(
      InferenceSettings settings,
      InferenceTask task,
      InferenceSession session,
      Tokenizer tokenizer,
      MemoryScope scope,
      InferenceEngine.Host<W> host,
      InferenceCounts counts) {
    this.column = session.model().task().column();
    this.tokenizer = tokenizer;
    this.host = host;
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
        new Buckets<>(tensors, budget, tokensAtBest, settings.batchRows(), longest, host::now);
    int dimension = EmbeddingColumns.dimension(session.signature());
    this.cached = new EmbeddingView(dimension);
    this.answered = new EmbeddingView(dimension);
    this.cache = new VectorCache(scope.allocator(), settings.cacheSize().getBytes(), dimension);
  }

  void add(W waiter, @Nullable String text) {
    if (text == null) {
      refuse(waiter, "The row has no text. A row needs a text to be embedded.");
      return;
    }
    PendingText<W> candidate = pending.blank();
    candidate.text().read(text);
    take(waiter, candidate);
  }

  void add(W waiter, @Nullable String first, @Nullable String second) {
    if (first == null || second == null) {
      refuse(waiter, "The row lacks one of its two texts. It needs both to be scored.");
      return;
    }
    PendingText<W> candidate = pending.blank();
    candidate.text().read(first, second);
    take(waiter, candidate);
  }

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
      host.succeed(waiter, cached);
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
    host.fail(waiter, DeadLetters.INVALID, reason, 0);
  }

  /** The column of the answers. */
  String column() {
    return column;
  }

  Buckets<W> buckets() {
    return buckets;
  }

  /** Distinct texts that have no vector yet. */
  int pending() {
    return pending.size();
  }

  /** Their UTF-16 code units. */
  long pendingUnits() {
    return pending.units();
  }

  /** Takes a batch out of the buckets; see {@link Buckets#take}. */
  @Nullable InferenceWork takeBatch(boolean evenIfNotFull) {
    Buckets.Filling<W> filling = buckets.take(evenIfNotFull);
    return filling == null ? null : workOf(filling);
  }

  /** Takes all that waits as one batch; see {@link Buckets#takeAll}. */
  InferenceWork takeAll() {
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

  /** A text has its vector, which begins at a place of the answer's memory. */
  void succeed(PendingText<W> text, ArrowBuf values, long offset) {
    EmbeddingView vector = answered.at(values, offset);
    cache.put(text.text(), vector);
    for (W waiter = text.firstWaiter(); waiter != null; ) {
      // The host may use the waiter again.
      W next = waiter.nextWaiter();
      waiter.setNextWaiter(null);
      host.succeed(waiter, vector);
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
      host.fail(waiter, category, reason, attempts);
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
  }
}
