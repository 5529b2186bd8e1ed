package dev.millrace.pipelines.recommend;

import dev.millrace.accelerator.tensor.TensorValue;
import dev.millrace.operators.TensorMapping;
import java.util.Arrays;
import java.util.List;

/**
 * From questions to a sequence model's tensors and back. All rows have one shape, so that they
 * share batches: what is missing is padding.
 */
final class SequenceMapping implements TensorMapping<RankingSequence, RankingScores> {
  private static final long serialVersionUID = 1L;

  static final List<String> INPUTS =
      List.of(SequenceFolder.INPUT_IDS, SequenceFolder.CANDIDATE_IDS);
  static final List<String> OUTPUTS = List.of(SequenceFolder.SCORES);

  private final int length;
  private final boolean padsLeft;
  private final int candidates;

  SequenceMapping(SequenceFolder folder, int candidates) {
    length = folder.maxLength();
    padsLeft = folder.padsLeft();
    this.candidates = candidates;
  }

  @Override
  public List<TensorValue> tensorsOf(RankingSequence row) {
    long[] bought = new long[length];
    System.arraycopy(
        row.bought, 0, bought, padsLeft ? length - row.bought.length : 0, row.bought.length);
    return List.of(
        new TensorValue(List.of(length), bought),
        new TensorValue(List.of(candidates), Arrays.copyOf(row.candidates, candidates)));
  }

  @Override
  public RankingScores join(RankingSequence row, List<TensorValue> answer) {
    float[] answered = (float[]) answer.get(0).elements();
    float[] scores = new float[row.candidates.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = i < answered.length && Float.isFinite(answered[i]) ? answered[i] : Float.NaN;
    }
    return new RankingScores(row.feedId, 0, scores);
  }

  @Override
  public RankingScores withoutAnswer(RankingSequence row) {
    return new RankingScores(row.feedId, 0);
  }
}
