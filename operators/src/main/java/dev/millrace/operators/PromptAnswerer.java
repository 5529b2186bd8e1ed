package dev.millrace.operators;

import dev.millrace.accelerator.generation.GeneratedAnswer;
import org.apache.flink.metrics.MetricGroup;
import org.jspecify.annotations.Nullable;

/**
 * Asks a generator for callers that are no operators of ours: they hand a prompt over, go on, and
 * are called back. Thread, bound and failure are as with {@link TextEmbedder}.
 */
public final class PromptAnswerer implements AutoCloseable {

  private final EngineClient<GeneratedAnswer, Ticket, PromptIntake<Ticket>> client;

  private PromptAnswerer(EngineClient<GeneratedAnswer, Ticket, PromptIntake<Ticket>> client) {
    this.client = client;
  }

  /**
   * Opens a session at the server, unless there is one already, and starts the thread.
   *
   * @param name what errors, metrics and the thread call it
   * @param settings whose {@code model} is the model's name at the server; otherwise as for {@link
   *     TextEmbedder#open}
   * @param mostOpen as for {@link TextEmbedder#open}
   * @param metrics where the group {@code inference} is added
   * @return an answerer that the caller owns and closes
   * @throws dev.millrace.accelerator.AcceleratorException if the server cannot be reached or
   *     refuses to be asked so
   */
  public static PromptAnswerer open(
      String name,
      InferenceSettings settings,
      GenerationSettings generation,
      int mostOpen,
      MetricGroup metrics) {
    GenerationMetrics more = new GenerationMetrics(metrics);
    return new PromptAnswerer(
        EngineClient.open(
            name,
            settings,
            generation.model(settings.model()),
            mostOpen,
            metrics,
            (session, scope, receiver, clock, counts) ->
                new PromptIntake<>(settings, session, scope, receiver, counts, more),
            (intake, ticket) -> intake.add(ticket, ticket.prompt)));
  }

  /**
   * Asks for the answer to a prompt. Requests are answered in any order.
   *
   * @param prompt null for a row without one, which fails
   */
  public void submit(@Nullable String prompt, AnswerRequest<GeneratedAnswer> request) {
    client.submit(new Ticket(prompt, request));
  }

  /** As {@link TextEmbedder#close}. */
  @Override
  public void close() throws Exception {
    client.close();
  }

  /** A request on its way. */
  private static final class Ticket extends EngineTicket<GeneratedAnswer> {

    private final @Nullable String prompt;

    Ticket(@Nullable String prompt, AnswerRequest<GeneratedAnswer> request) {
      super(request);
      this.prompt = prompt;
    }
  }
}
