package dev.millrace.pipelines.sql;

import dev.millrace.operators.AnswerRequest;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.flink.table.data.RowData;

/**
 * The row that a row of a query gets from a model. Completed on the engine's thread; Flink takes it
 * to the task's.
 *
 * @param <A> an answer; valid during the call that brings it
 */
final class ComingRow<A> implements AnswerRequest<A> {

  /** Makes a row of an answer. */
  interface Answered<A> {
    RowData row(A answer) throws UnfitAnswerException;
  }

  private final String model;
  private final OnError onError;
  private final Answered<A> answered;
  private final Function<String, RowData> notAnswered;
  private final CompletableFuture<Collection<RowData>> rows = new CompletableFuture<>();

  /**
   * @param model its name, for messages
   * @param answered makes the row of an answer
   * @param notAnswered makes the row of why there is none
   */
  ComingRow(
      String model, OnError onError, Answered<A> answered, Function<String, RowData> notAnswered) {
    this.model = model;
    this.onError = onError;
    this.answered = answered;
    this.notAnswered = notAnswered;
  }

  CompletableFuture<Collection<RowData>> rows() {
    return rows;
  }

  @Override
  public void succeed(A answer) {
    try {
      rows.complete(List.of(answered.row(answer)));
    } catch (UnfitAnswerException unfit) {
      fail("OUTPUT", String.valueOf(unfit.getMessage()), 1);
    }
  }

  @Override
  public void fail(String category, String reason, int attempts) {
    String error = category + ": " + reason;
    if (onError == OnError.FAIL) {
      rows.completeExceptionally(OnError.failure(model, error));
    } else {
      rows.complete(List.of(notAnswered.apply(error)));
    }
  }

  @Override
  public void abandon(Throwable failure) {
    rows.completeExceptionally(failure);
  }
}
