package dev.millrace.jobs.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.MemoryScope;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Vectors in pages and row groups; Parquet's own objects read them. */
class RowGroupWriterTest {

  private static final int ROWS = 6_000;
  private static final int AT_ONCE = 1_000;
  private static final int NUMBERS = 64;

  @TempDir Path folder;

  private static Field list(String name, ArrowType type, boolean nullable, ArrowType of) {
    return new Field(
        name,
        new FieldType(nullable, type, null),
        List.of(new Field("item", FieldType.notNullable(of), null)));
  }

  private static ArrowType floating(FloatingPointPrecision precision) {
    return new ArrowType.FloatingPoint(precision);
  }

  private static final Field FIXED =
      list(
          "fixed",
          new ArrowType.FixedSizeList(NUMBERS),
          true,
          floating(FloatingPointPrecision.SINGLE));
  private static final Field LOOSE =
      list("loose", ArrowType.List.INSTANCE, false, floating(FloatingPointPrecision.DOUBLE));
  private static final Field ID =
      new Field("id", FieldType.notNullable(new ArrowType.Int(Integer.SIZE, true)), null);

  private static final Field STRUCT =
      new Field(
          "struct",
          FieldType.nullable(ArrowType.Struct.INSTANCE),
          List.of(
              new Field(
                  "number", FieldType.notNullable(floating(FloatingPointPrecision.SINGLE)), null)));

  private static boolean isNull(int row) {
    return row % 7 == 3;
  }

  private static int length(int row) {
    return row % 4;
  }

  private static void fill(FieldVector column, int first, int rows) {
    if (column instanceof IntVector ids) {
      IntStream.range(0, rows).forEach(row -> ids.setSafe(row, first + row));
    } else if (column instanceof FixedSizeListVector fixed) {
      Float4Vector numbers = (Float4Vector) fixed.getDataVector();
      for (int row = 0; row < rows; row++) {
        if (isNull(first + row)) {
          fixed.setNull(row);
        } else {
          fixed.setNotNull(row);
        }
        for (int i = 0; i < NUMBERS; i++) {
          numbers.setSafe(row * NUMBERS + i, (first + row) * 100f + i);
        }
      }
    } else if (column instanceof StructVector structs) {
      Float4Vector numbers = (Float4Vector) structs.getChildrenFromFields().get(0);
      for (int row = 0; row < rows; row++) {
        numbers.setSafe(row, first + row);
        if (!isNull(first + row)) {
          structs.setIndexDefined(row);
        }
      }
    } else {
      ListVector lists = (ListVector) column;
      Float8Vector numbers = (Float8Vector) lists.getDataVector();
      for (int row = 0; row < rows; row++) {
        int at = lists.startNewValue(row);
        for (int i = 0; i < length(first + row); i++) {
          numbers.setSafe(at + i, (first + row) + i / 10.0);
        }
        lists.endValue(row, length(first + row));
      }
    }
  }

  private Path write(int rows, long groupBytes, Field... columns) throws IOException {
    Path file = folder.resolve("vectors.parquet");
    Schema schema = new Schema(List.of(columns));
    try (MemoryScope scope = MemoryScope.open("rows of a test");
        OutputStream out = Files.newOutputStream(file);
        RowGroupWriter writer =
            new RowGroupWriter(
                ParquetFiles.output(out),
                schema,
                Map.of("who", "test"),
                CompressionCodecName.SNAPPY,
                groupBytes)) {
      for (int first = 0; first < rows; first += AT_ONCE) {
        int some = Math.min(AT_ONCE, rows - first);
        try (VectorSchemaRoot root = VectorSchemaRoot.create(schema, scope.allocator())) {
          for (FieldVector column : root.getFieldVectors()) {
            fill(column, first, some);
          }
          root.setRowCount(some);
          writer.write(root);
        }
      }
    }
    return file;
  }

  private static ParquetFileReader open(Path file) throws IOException {
    return ParquetFileReader.open(
        new LocalInputFile(file),
        ParquetReadOptions.builder(new PlainParquetConfiguration())
            .withCodecFactory(CodecsForTests.get())
            .build());
  }

  private static List<Group> read(ParquetFileReader file) throws IOException {
    MessageType type = file.getFileMetaData().getSchema();
    List<Group> rows = new ArrayList<>();
    for (PageReadStore pages = file.readNextRowGroup();
        pages != null;
        pages = file.readNextRowGroup()) {
      RecordReader<Group> reader =
          new ColumnIOFactory()
              .getColumnIO(type)
              .getRecordReader(pages, new GroupRecordConverter(type));
      for (long row = 0; row < pages.getRowCount(); row++) {
        rows.add(reader.read());
      }
    }
    return rows;
  }

  private static void requireFixed(Group row, int number) {
    assertThat(row.getFieldRepetitionCount("fixed")).isEqualTo(isNull(number) ? 0 : 1);
    if (!isNull(number)) {
      Group list = row.getGroup("fixed", 0);
      assertThat(list.getFieldRepetitionCount(0)).isEqualTo(NUMBERS);
      float[] expected = new float[NUMBERS];
      float[] found = new float[NUMBERS];
      for (int i = 0; i < NUMBERS; i++) {
        expected[i] = number * 100f + i;
        found[i] = list.getGroup(0, i).getFloat(0, 0);
      }
      assertThat(found).isEqualTo(expected);
    }
  }

  @Test
  void vectorsGoThroughPagesAndRowGroups() throws IOException {
    try (ParquetFileReader file = open(write(ROWS, 1 << 19, FIXED, ID, LOOSE, STRUCT))) {
      assertThat(file.getRowGroups()).hasSizeGreaterThan(1);
      assertThat(file.getFileMetaData().getKeyValueMetaData()).containsEntry("who", "test");
      List<Group> rows = read(file);
      assertThat(rows).hasSize(ROWS);
      for (int number = 0; number < ROWS; number++) {
        Group row = rows.get(number);
        assertThat(row.getInteger("id", 0)).isEqualTo(number);
        requireFixed(row, number);
        assertThat(row.getFieldRepetitionCount("struct")).isEqualTo(isNull(number) ? 0 : 1);
        if (!isNull(number)) {
          assertThat(row.getGroup("struct", 0).getFloat(0, 0)).isEqualTo(number);
        }
        Group list = row.getGroup("loose", 0);
        assertThat(list.getFieldRepetitionCount(0)).isEqualTo(length(number));
        for (int i = 0; i < length(number); i++) {
          assertThat(list.getGroup(0, i).getDouble(0, 0)).isEqualTo(number + i / 10.0);
        }
      }
    }
  }

  /**
   * A reader that goes by statistics would pass over pages whose numbers it believes to be null.
   */
  @Test
  void vectorsAloneAreARowGroupOfPagesWithoutStatistics() throws IOException {
    try (ParquetFileReader file = open(write(ROWS, 1 << 30, FIXED))) {
      assertThat(file.getRowGroups()).hasSize(1);
      ColumnChunkMetaData chunk = file.getRowGroups().get(0).getColumns().get(0);
      assertThat(file.readOffsetIndex(chunk).getPageCount()).isGreaterThan(1);
      assertThat(file.readColumnIndex(chunk)).isNull();
      assertThat(chunk.getStatistics().isEmpty()).isTrue();
      List<Group> rows = read(file);
      assertThat(rows).hasSize(ROWS);
      for (int number = 0; number < ROWS; number++) {
        requireFixed(rows.get(number), number);
      }
    }
  }

  @Test
  void aFileMayHaveNoRows() throws IOException {
    try (ParquetFileReader file = open(write(0, 1 << 20, FIXED, ID))) {
      assertThat(read(file)).isEmpty();
    }
  }
}
