package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.generation.AnswerColumns;
import java.util.Objects;

/**
 * A prompt that travels as a batch of one row. How many tokens it has only the server knows, so
 * that it is taken for one until it is answered.
 *
 * @param attempt which try this is, from 1
 * @param pauses earlier tries that count
 */
record PromptWork<W>(PromptIntake<W> intake, PendingPrompt<W> prompt, int attempt, int pauses)
    implements InferenceWork {

  @Override
  public int rows() {
    return 1;
  }

  @Override
  public int tokens() {
    return 1;
  }

  @Override
  public int tokens(ArrowBatch answer) {
    return Objects.requireNonNullElse(AnswerColumns.read(answer, 0).promptTokens(), 0);
  }

  @Override
  public int width() {
    return 1;
  }

  @Override
  public ArrowBatch toBatch() {
    return intake.toBatch(prompt);
  }

  @Override
  public void succeed(ArrowBatch answer) {
    intake.succeed(prompt, answer);
  }

  @Override
  public InferenceWork again(boolean counts) {
    return new PromptWork<>(intake, prompt, attempt + 1, counts ? pauses + 1 : pauses);
  }

  @Override
  public InferenceWork half(boolean second) {
    throw new IllegalStateException("One prompt has no halves.");
  }

  @Override
  public void fail(String category, String reason) {
    intake.fail(prompt, category, reason, attempt);
  }

  @Override
  public void discard() {
    // Nothing is taken before it is sent.
  }
}
