package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import java.util.List;

/**
 * Rows of tensors of one shape that travel as one batch. Each counts as one token.
 *
 * @param attempt which try this is, from 1
 * @param pauses earlier tries that count
 */
record TensorWork<W>(TensorIntake<W> intake, List<PendingTensors<W>> batch, int attempt, int pauses)
    implements InferenceWork {

  @Override
  public int rows() {
    return batch.size();
  }

  @Override
  public int tokens() {
    return batch.size();
  }

  @Override
  public int width() {
    return 1;
  }

  @Override
  public ArrowBatch toBatch() {
    return intake.toBatch(batch);
  }

  @Override
  public void succeed(ArrowBatch answer) {
    intake.succeed(batch, answer);
  }

  @Override
  public InferenceWork again(boolean counts) {
    return new TensorWork<>(intake, batch, attempt + 1, counts ? pauses + 1 : pauses);
  }

  @Override
  public InferenceWork half(boolean second) {
    int half = batch.size() / 2;
    return new TensorWork<>(
        intake,
        second ? batch.subList(half, batch.size()) : batch.subList(0, half),
        attempt + 1,
        pauses);
  }

  @Override
  public void fail(String category, String reason) {
    intake.fail(batch.get(0), category, reason, attempt);
  }

  @Override
  public void discard() {
    // Nothing is taken before it is sent.
  }
}
