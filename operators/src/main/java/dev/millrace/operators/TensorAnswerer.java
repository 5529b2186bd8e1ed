package dev.millrace.operators;

import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.tensor.TensorValue;
import java.util.List;
import org.apache.flink.metrics.MetricGroup;
import org.jspecify.annotations.Nullable;

/**
 * Runs a model that is used as it is, by the names of its tensors, for callers that are no
 * operators of ours: they hand a row over, go on, and are called back. Rows whose tensors have the
 * same shapes are inferred together. Thread, bound and failure are as with {@link TextEmbedder}.
 */
public final class TensorAnswerer implements AutoCloseable {

  private final EngineClient<List<TensorValue>, Ticket, TensorIntake<Ticket>> client;

  private TensorAnswerer(EngineClient<List<TensorValue>, Ticket, TensorIntake<Ticket>> client) {
    this.client = client;
  }

  /**
   * Loads the model, unless it is loaded already, and starts the thread.
   *
   * @param name what errors, metrics and the thread call it
   * @param settings whose {@code model} is read by {@link Models#raw}; {@code token-budget} and
   *     {@code cache-size} are not looked at, otherwise as for {@link TextEmbedder#open}
   * @param inputs which of the model's inputs each value of a row is
   * @param outputs which outputs an answer has, in this order
   * @param mostOpen as for {@link TextEmbedder#open}
   * @param metrics where the group {@code inference} is added
   * @return an answerer that the caller owns and closes
   * @throws dev.millrace.accelerator.AcceleratorException if the model cannot be loaded
   * @throws IllegalArgumentException if the names are not the model's
   */
  public static TensorAnswerer open(
      String name,
      InferenceSettings settings,
      List<String> inputs,
      List<String> outputs,
      int mostOpen,
      MetricGroup metrics) {
    return new TensorAnswerer(
        EngineClient.open(
            name,
            settings,
            Models.raw(settings.model()),
            mostOpen,
            metrics,
            (session, scope, receiver, clock, counts) ->
                new TensorIntake<>(
                    settings, inputs, outputs, session, scope, receiver, clock, counts),
            (intake, ticket) -> intake.add(ticket, ticket.values)));
  }

  /**
   * Asks for a row's answer. Requests are answered in any order.
   *
   * @param values one for each name that was given for the inputs; null where the row has none,
   *     which makes it fail
   */
  public void submit(
      List<? extends @Nullable TensorValue> values, AnswerRequest<List<TensorValue>> request) {
    client.submit(new Ticket(values, request));
  }

  /** As {@link TextEmbedder#close}. */
  @Override
  public void close() throws Exception {
    client.close();
  }

  /** A request on its way. */
  private static final class Ticket extends EngineTicket<List<TensorValue>> {

    private final List<? extends @Nullable TensorValue> values;

    Ticket(List<? extends @Nullable TensorValue> values, AnswerRequest<List<TensorValue>> request) {
      super(request);
      this.values = values;
    }
  }
}
