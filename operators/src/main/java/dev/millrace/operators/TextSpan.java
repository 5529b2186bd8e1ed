package dev.millrace.operators;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of a text that a model has put a label on.
 *
 * @param label without the {@code B-} or {@code I-} that the model's own label begins with
 * @param score the mean of its tokens' highest scores, from 0 to 1
 * @param start where it begins in the text, in UTF-16 code units, as {@link String#charAt} counts
 * @param end where it ends: the unit behind its last
 * @param text what stands there
 */
public record TextSpan(String label, float score, int start, int end, String text) {

  /**
   * Spans as {@link SpanReader} writes them.
   *
   * @param labels the model's
   */
  static List<TextSpan> of(EmbeddingView numbers, List<String> labels, String text) {
    List<TextSpan> spans = new ArrayList<>(numbers.dimension() / SpanReader.NUMBERS);
    for (int i = 0; i < numbers.dimension(); i += SpanReader.NUMBERS) {
      int start = numbers.bits(i + 2);
      int end = numbers.bits(i + 3);
      spans.add(
          new TextSpan(
              SpanReader.nameOf(labels.get(numbers.bits(i))),
              numbers.get(i + 1),
              start,
              end,
              text.substring(start, end)));
    }
    return spans;
  }
}
