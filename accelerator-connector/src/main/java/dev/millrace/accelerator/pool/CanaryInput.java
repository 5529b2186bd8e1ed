package dev.millrace.accelerator.pool;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.TextColumns;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * A few rows of ids spread over a model's vocabulary, the same each time. The last is the first.
 */
final class CanaryInput {

  private static final int[] LENGTHS = {5, 2, 9, 14, 5};

  private CanaryInput() {}

  /**
   * The rows as a batch of {@code scope}. The caller owns it.
   *
   * @param vocabulary ids below it are used
   * @param scope borrowed
   */
  static ArrowBatch of(Model model, long vocabulary, MemoryScope scope) {
    return batch(rows(vocabulary, model.text().maxTokens()), scope);
  }

  /** Rows without padding. The caller owns the batch. */
  static ArrowBatch ofOneLength(Model model, int rows, int width, MemoryScope scope) {
    long vocabulary = vocabulary(model.tokenizerJson());
    List<long[]> all = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      long[] ids = new long[width];
      for (int i = 0; i < width; i++) {
        ids[i] = (row * 48_271L + i * 7L + 1) % vocabulary;
      }
      all.add(ids);
    }
    return batch(all, scope);
  }

  private static ArrowBatch batch(List<long[]> rows, MemoryScope scope) {
    int width = rows.stream().mapToInt(row -> row.length).max().orElse(1);
    BufferAllocator allocator = scope.allocator();
    IntVector counts =
        new IntVector(
            TextColumns.TOKEN_COUNT,
            FieldType.notNullable(new ArrowType.Int(Integer.SIZE, true)),
            allocator);
    FixedSizeListVector ids = lists(TextColumns.INPUT_IDS, rows.size(), width, allocator);
    FixedSizeListVector mask = lists(TextColumns.ATTENTION_MASK, rows.size(), width, allocator);
    counts.allocateNew(rows.size());
    for (int row = 0; row < rows.size(); row++) {
      long[] tokens = rows.get(row);
      counts.set(row, tokens.length);
      ids.setNotNull(row);
      mask.setNotNull(row);
      for (int token = 0; token < width; token++) {
        boolean isPadding = token >= tokens.length;
        ((BigIntVector) ids.getDataVector())
            .set(row * width + token, isPadding ? 0 : tokens[token]);
        ((BigIntVector) mask.getDataVector()).set(row * width + token, isPadding ? 0 : 1);
      }
    }
    List<FieldVector> columns = List.of(ids, mask, counts);
    columns.forEach(column -> column.setValueCount(rows.size()));
    return ArrowBatch.own(
        scope,
        new VectorSchemaRoot(
            columns.stream().map(FieldVector::getField).toList(), columns, rows.size()));
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

  private static FixedSizeListVector lists(
      String name, int rows, int width, BufferAllocator allocator) {
    Field field =
        new Field(
            name,
            FieldType.notNullable(new ArrowType.FixedSizeList(width)),
            List.of(
                new Field(
                    "item", FieldType.notNullable(new ArrowType.Int(Long.SIZE, true)), null)));
    FixedSizeListVector list = (FixedSizeListVector) field.createVector(allocator);
    list.allocateNew();
    ((BigIntVector) list.getDataVector()).allocateNew(rows * width);
    list.setValueCount(rows);
    return list;
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
