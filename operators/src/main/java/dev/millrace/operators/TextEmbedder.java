package dev.millrace.operators;

import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import java.util.List;
import org.apache.flink.metrics.MetricGroup;
import org.jspecify.annotations.Nullable;

/**
 * Embeds, classifies or scores texts for callers that are no operators of ours: they hand a text
 * over, go on, and are called back. It is the engine of the operators, with its batches, buckets
 * and cache, on a thread of its own.
 *
 * <p><b>Thread.</b> {@link #submit} may be called from any thread and does not block. An {@link
 * AnswerRequest} is called back on the embedder's thread, which must not be blocked.
 *
 * <p><b>Bound.</b> What is handed over is held until it is answered. The caller bounds how much
 * that is, and says so when it opens the embedder.
 *
 * <p><b>Failure.</b> When an accelerator fails for good, every open request is abandoned with its
 * failure, and so is each that comes later.
 */
public final class TextEmbedder implements AutoCloseable {

  private final EngineClient<EmbeddingView, Ticket, TextIntake<Ticket>> client;

  private final List<String> labels;

  private TextEmbedder(
      EngineClient<EmbeddingView, Ticket, TextIntake<Ticket>> client, List<String> labels) {
    this.client = client;
    this.labels = labels;
  }

  /**
   * Loads the model, unless it is loaded already, and starts the thread.
   *
   * @param name what errors, metrics and the thread call it
   * @param settings of which {@code max-rows}, {@code output-order} and what concerns checkpoints
   *     are not looked at: holding rows and ordering them is the caller's part
   * @param task what is asked of the model
   * @param mostOpen how far the caller lets the newest request be ahead of the oldest that is not
   *     answered. A caller that is at this bound brings nothing more, so that nothing is kept
   *     waiting for company then
   * @param metrics where the group {@code inference} is added
   * @return an embedder that the caller owns and closes
   * @throws dev.millrace.accelerator.AcceleratorException if the model cannot be loaded
   */
  public static TextEmbedder open(
      String name,
      InferenceSettings settings,
      InferenceTask task,
      int mostOpen,
      MetricGroup metrics) {
    Model model = Models.resolve(settings.model());
    task.require(model);
    return new TextEmbedder(
        EngineClient.open(
            name,
            settings,
            model,
            mostOpen,
            metrics,
            (session, scope, receiver, clock, counts) ->
                TextIntake.open(settings, task, session, scope, receiver, clock, counts),
            (intake, ticket) -> ticket.moveTo(intake)),
        model.classifier() == null ? List.of() : model.classifier().labels());
  }

  /**
   * Asks for a text's vector. Requests are answered in any order.
   *
   * @param text null for a row without one, which fails
   */
  public void submit(@Nullable String text, AnswerRequest<EmbeddingView> request) {
    client.submit(new Ticket(text, null, false, request));
  }

  /**
   * Asks for the score of a pair of texts, if the task is {@link InferenceTask#RERANKING}. Requests
   * are answered in any order.
   *
   * @param first null for a row without one, which fails
   * @param second likewise
   */
  public void submit(
      @Nullable String first, @Nullable String second, AnswerRequest<EmbeddingView> request) {
    client.submit(new Ticket(first, second, true, request));
  }

  /**
   * Asks for the spans in a text, if the task is {@link InferenceTask#TOKEN_CLASSIFICATION}.
   * Requests are answered in any order.
   *
   * @param text null for a row without one, which fails
   */
  public void submitForSpans(@Nullable String text, AnswerRequest<List<TextSpan>> request) {
    submit(text, new SpanRequest(text == null ? "" : text, request));
  }

  /** Makes spans of their numbers. */
  private final class SpanRequest implements AnswerRequest<EmbeddingView> {

    private final String text;
    private final AnswerRequest<List<TextSpan>> request;

    SpanRequest(String text, AnswerRequest<List<TextSpan>> request) {
      this.text = text;
      this.request = request;
    }

    @Override
    public void succeed(EmbeddingView numbers) {
      request.succeed(TextSpan.of(numbers, labels, text));
    }

    @Override
    public void fail(String category, String reason, int attempts) {
      request.fail(category, reason, attempts);
    }

    @Override
    public void abandon(Throwable failure) {
      request.abandon(failure);
    }
  }

  /**
   * Ends the thread and gives everything back, whatever is open: what has not been answered will
   * not be. Waits for the thread. Idempotent.
   */
  @Override
  public void close() throws Exception {
    client.close();
  }

  /** A request on its way. */
  private static final class Ticket extends EngineTicket<EmbeddingView> implements Waiter<Ticket> {

    private final boolean isPair;
    private @Nullable String text;
    private @Nullable String second;
    private @Nullable Ticket nextWaiter;

    Ticket(
        @Nullable String text,
        @Nullable String second,
        boolean isPair,
        AnswerRequest<EmbeddingView> request) {
      super(request);
      this.text = text;
      this.second = second;
      this.isPair = isPair;
    }

    /** Its texts are the intake's afterwards. */
    void moveTo(TextIntake<Ticket> intake) {
      String given = text;
      String other = second;
      text = null;
      second = null;
      if (isPair) {
        intake.add(this, given, other);
      } else {
        intake.add(this, given);
      }
    }

    @Override
    public @Nullable Ticket nextWaiter() {
      return nextWaiter;
    }

    @Override
    public void setNextWaiter(@Nullable Ticket next) {
      nextWaiter = next;
    }
  }
}
