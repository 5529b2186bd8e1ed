package dev.millrace.accelerator.pool;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.embedding.TextRows;
import dev.millrace.accelerator.embedding.TokenRows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A few rows of ids spread over a model's vocabulary, the same each time. The last is the first.
 */
final class CanaryInput {

  private static final int[] LENGTHS = {5, 2, 9, 14, 5};

  private static final String[] WORDS = {
    "river", "blue", "seven", "house", "runs", "old", "paper", "north", "quick", "sound", "green"
  };

  private CanaryInput() {}

  /**
   * The rows as a batch of {@code scope}. The caller owns it.
   *
   * @param vocabulary ids below it are used
   * @param scope borrowed
   * @param withTexts whether it has texts, too; they are not those of the tokens
   */
  static ArrowBatch of(Model model, long vocabulary, MemoryScope scope, boolean withTexts) {
    List<long[]> rows = rows(vocabulary, model.text().maxTokens());
    ArrowBatch batch = TokenRows.of(scope, rows.toArray(long[][]::new));
    return withTexts
        ? TextRows.add(
            batch, scope, rows.stream().map(row -> words(row.length, (int) row[0])).toList(), model)
        : batch;
  }

  /** As many words as there are tokens, or so: what they say means nothing. */
  private static String words(int count, int first) {
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < count; i++) {
      words.append(i == 0 ? "" : " ").append(WORDS[Math.floorMod(first + i * 3, WORDS.length)]);
    }
    return words.toString();
  }

  /** Rows without padding. The caller owns the batch. */
  static ArrowBatch ofOneLength(
      Model model, int rows, int width, MemoryScope scope, boolean withTexts) {
    long vocabulary = vocabulary(model.tokenizerJson());
    List<long[]> all = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      long[] ids = new long[width];
      for (int i = 0; i < width; i++) {
        ids[i] = (row * 48_271L + i * 7L + 1) % vocabulary;
      }
      all.add(ids);
    }
    ArrowBatch batch = TokenRows.of(scope, all.toArray(long[][]::new));
    return withTexts
        ? TextRows.add(
            batch,
            scope,
            IntStream.range(0, rows).mapToObj(row -> words(width, row * 7)).toList(),
            model)
        : batch;
  }

  private static List<long[]> rows(long vocabulary, int longest) {
    List<long[]> rows = new ArrayList<>();
    long id = 1;
    for (int length : LENGTHS) {
      long[] ids = new long[Math.min(length, longest)];
      for (int i = 0; i < ids.length; i++) {
        id = (id * 48_271) % Integer.MAX_VALUE;
        ids[i] = id % vocabulary;
      }
      rows.add(rows.size() == LENGTHS.length - 1 ? rows.get(0) : ids);
    }
    return rows;
  }

  /** Ids below it are in the vocabulary. A file that does not tell leaves the first few. */
  static long vocabulary(byte[] tokenizerJson) {
    long entries = 0;
    try (JsonParser json = new JsonFactory().createParser(tokenizerJson)) {
      int depth = 0;
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token == JsonToken.FIELD_NAME && depth == 2 && json.currentName().equals("vocab")) {
          json.nextToken();
          entries = Math.max(entries, entriesOf(json));
        } else if (token.isStructStart()) {
          depth++;
        } else if (token.isStructEnd()) {
          depth--;
        }
      }
    } catch (IOException unreadable) {
      // Then it is none of Hugging Face's, and the session will say what it takes.
      return 2;
    }
    return Math.max(2, entries);
  }

  private static long entriesOf(JsonParser json) throws IOException {
    long entries = 0;
    boolean isObject = json.currentToken() == JsonToken.START_OBJECT;
    int depth = 1;
    while (depth > 0) {
      JsonToken token = json.nextToken();
      if (token == null) {
        return entries;
      }
      if (depth == 1 && (isObject ? token == JsonToken.FIELD_NAME : !token.isStructEnd())) {
        entries++;
      }
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      }
    }
    return entries;
  }
}
