package dev.millrace.operators;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Makes spans of the scores that a text's tokens have, by the rule that Hugging Face's transformers
 * calls {@code aggregation_strategy="simple"} (class TokenClassificationPipeline): each token has
 * the label with its highest score; a token goes on with the span before it if its label is of the
 * same kind and does not begin with {@code B-}; a span's score is the mean of its tokens'; spans of
 * the label {@code O} are left out.
 *
 * <p>Where the tokens lie is found by reading the text once more when its answer is there. So
 * nothing of it is kept while a batch is under way, or laid out anew when it is tried again.
 *
 * <p>A text's spans are {@value #NUMBERS} numbers each: which label its first token has, the score,
 * start and end; all but the score are integers.
 */
final class SpanReader implements AutoCloseable {

  /** Numbers of a span. */
  static final int NUMBERS = 4;

  private static final int INITIAL_SPANS = 64;

  private static final String BEGINS = "B-";
  private static final String INSIDE = "I-";
  private static final String NO_SPAN = "O";

  private final BufferAllocator allocator;
  private final Tokenizer tokenizer;
  private final TokenBuffer ids;
  private final TokenPlaces places = new TokenPlaces();
  private final EmbeddingView view = new EmbeddingView(0);

  /** For each label which kind it is of. */
  private final int[] kinds;

  private final boolean[] begins;
  private final boolean[] isNone;
  private ArrowBuf spans;
  private int count;

  /**
   * @param tokenizer borrowed
   * @param ids borrowed, and overwritten with each text
   */
  SpanReader(BufferAllocator allocator, Tokenizer tokenizer, TokenBuffer ids, List<String> labels) {
    this.allocator = allocator;
    this.tokenizer = tokenizer;
    this.ids = ids;
    this.kinds = new int[labels.size()];
    this.begins = new boolean[labels.size()];
    this.isNone = new boolean[labels.size()];
    List<String> known = new ArrayList<>();
    for (int i = 0; i < kinds.length; i++) {
      String label = labels.get(i);
      begins[i] = label.startsWith(BEGINS);
      isNone[i] = nameOf(label).equals(NO_SPAN);
      String kind =
          begins[i] || label.startsWith(INSIDE) ? label.substring(BEGINS.length()) : label;
      if (!known.contains(kind)) {
        known.add(kind);
      }
      kinds[i] = known.indexOf(kind);
    }
    this.spans = allocator.buffer((long) INITIAL_SPANS * NUMBERS * Float.BYTES);
  }

  /** What a span is called whose first token has a label. */
  static String nameOf(String label) {
    return label.substring(label.indexOf('-') + 1);
  }

  /**
   * The spans of a text, in their order.
   *
   * @param scores those of all labels, token after token, from {@code offset} on
   * @return good until the next text
   */
  EmbeddingView read(TextUnits text, ArrowBuf scores, long offset) {
    ids.clear();
    int tokens = tokenizer.encode(text, ids, places);
    count = 0;
    int first = -1;
    int start = 0;
    int end = 0;
    int members = 0;
    double sum = 0;
    for (int token = 0; token < tokens; token++) {
      if (!places.isInText(token)) {
        continue;
      }
      long at = offset + (long) token * kinds.length * Float.BYTES;
      int label = highest(scores, at);
      if (first < 0 || kinds[label] != kinds[first] || begins[label]) {
        end(first, sum / members, start, end);
        first = label;
        start = places.start(token);
        members = 0;
        sum = 0;
      }
      end = places.end(token);
      members++;
      sum += scores.getFloat(at + (long) label * Float.BYTES);
    }
    end(first, sum / members, start, end);
    return view.at(spans, 0, count * NUMBERS);
  }

  private int highest(ArrowBuf scores, long at) {
    int highest = 0;
    float most = scores.getFloat(at);
    for (int label = 1; label < kinds.length; label++) {
      float score = scores.getFloat(at + (long) label * Float.BYTES);
      if (score > most) {
        most = score;
        highest = label;
      }
    }
    return highest;
  }

  private void end(int label, double score, int start, int end) {
    if (label < 0 || isNone[label]) {
      return;
    }
    long place = (long) count * NUMBERS * Float.BYTES;
    if (place == spans.capacity()) {
      ArrowBuf larger = allocator.buffer(place * 2);
      larger.setBytes(0, spans, 0, place);
      spans.close();
      spans = larger;
    }
    spans.setInt(place, label);
    spans.setFloat(place + Float.BYTES, (float) score);
    spans.setInt(place + 2L * Float.BYTES, start);
    spans.setInt(place + 3L * Float.BYTES, end);
    count++;
  }

  @Override
  public void close() {
    spans.close();
  }
}
