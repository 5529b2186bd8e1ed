package dev.millrace.jobs.parquet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.complex.BaseListVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.bytes.BytesUtils;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.page.PageWriter;
import org.apache.parquet.column.statistics.Statistics;

/**
 * The pages of a column of vectors: lists of floating-point numbers, none of which is null, though
 * a list may be. Plainly encoded, such numbers are in a page what they are in Arrow's memory, and
 * the levels of a list are two runs; so nothing is done for each number. Parquet's own writer takes
 * each by itself, which is most of the time that a row takes.
 *
 * <p>There are no statistics: nobody looks for vectors by the least of their numbers.
 */
final class VectorPages {

  /** Parquet's own measure for a page. */
  private static final int PAGE_BYTES = ParquetProperties.DEFAULT_PAGE_SIZE;

  private static final int PAGE_ROWS = ParquetProperties.DEFAULT_PAGE_ROW_COUNT_LIMIT;

  private final ColumnDescriptor column;
  private final PageWriter pages;
  private final Runs repetition = new Runs();
  private final Runs definition = new Runs();
  private byte[] numbers = new byte[PAGE_BYTES];
  private int bytes;
  private int entries;
  private int rows;

  VectorPages(ColumnDescriptor column, PageWriter pages) {
    this.column = column;
    this.pages = pages;
  }

  /** Whether a column is one of vectors. */
  static boolean hold(Field column) {
    return (column.getType() instanceof ArrowType.List
            || column.getType() instanceof ArrowType.FixedSizeList)
        && column.getChildren().get(0).getType() instanceof ArrowType.FloatingPoint number
        && number.getPrecision() != FloatingPointPrecision.HALF
        && !column.getChildren().get(0).isNullable();
  }

  /** Adds the first so many vectors. */
  void add(BaseListVector vectors, int count) throws IOException {
    for (int row = 0; row < count; row++) {
      addRow(vectors, row);
      if (bytes >= PAGE_BYTES || rows == PAGE_ROWS) {
        endPage();
      }
    }
  }

  /**
   * The levels are the shortest that Parquet has: how much of the way down to a number is there.
   */
  private void addRow(BaseListVector vectors, int row) {
    int most = column.getMaxDefinitionLevel();
    rows++;
    repetition.add(0, 1);
    if (vectors.isNull(row)) {
      if (most == 1) {
        throw new IllegalStateException(
            "The column '"
                + vectors.getName()
                + "' has a null although its type says that it has none.");
      }
      definition.add(0, 1);
      entries++;
      return;
    }
    int from = vectors.getElementStartIndex(row);
    int length = vectors.getElementEndIndex(row) - from;
    if (length == 0) {
      definition.add(most - 1, 1);
      entries++;
      return;
    }
    definition.add(most, length);
    repetition.add(1, length - 1);
    entries += length;
    copy((BaseFixedWidthVector) vectors.getChildrenFromFields().get(0), from, length);
  }

  private void copy(BaseFixedWidthVector from, int first, int count) {
    int width = from.getTypeWidth();
    int end = Math.addExact(bytes, Math.multiplyExact(count, width));
    if (end > numbers.length) {
      numbers = Arrays.copyOf(numbers, Math.max(end, numbers.length * 2));
    }
    from.getDataBuffer().getBytes((long) first * width, numbers, bytes, end - bytes);
    bytes = end;
  }

  /** What is in memory, and what is kept of the pages that are done. */
  long bufferedBytes() {
    return bytes + pages.getMemSize();
  }

  /** Ends the column's part of a row group. */
  void flush() throws IOException {
    if (rows > 0) {
      endPage();
    }
  }

  private void endPage() throws IOException {
    pages.writePage(
        BytesInput.concat(repetition.take(), definition.take(), BytesInput.from(numbers, 0, bytes)),
        entries,
        rows,
        Statistics.noopStats(column.getPrimitiveType()),
        Encoding.RLE,
        Encoding.RLE,
        Encoding.PLAIN);
    bytes = 0;
    entries = 0;
    rows = 0;
  }

  /** Levels in Parquet's run-length encoding, of runs of one level alone. */
  private static final class Runs {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int level;
    private int length;

    void add(int of, int count) {
      if (of != level) {
        end();
        level = of;
      }
      length += count;
    }

    private void end() {
      if (length > 0) {
        try {
          // The lowest bit tells a run from packed bits. No level here takes more than a byte.
          BytesUtils.writeUnsignedVarInt(length << 1, out);
        } catch (IOException impossible) {
          throw new UncheckedIOException("Memory could not be written", impossible);
        }
        out.write(level);
        length = 0;
      }
    }

    /** The runs with their length in bytes before them. */
    BytesInput take() throws IOException {
      end();
      byte[] runs = out.toByteArray();
      out.reset();
      return BytesInput.concat(BytesInput.fromInt(runs.length), BytesInput.from(runs));
    }
  }
}
