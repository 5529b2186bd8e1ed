package dev.millrace.jobs.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.OffHeapMemory;
import dev.millrace.jobs.input.ArrowFiles.Kind;
import dev.millrace.jobs.input.ArrowFiles.Written;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.reader.BulkFormat;
import org.apache.flink.connector.file.src.util.CheckpointedPosition;
import org.apache.flink.connector.file.src.util.RecordAndPosition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

final class ArrowBatchFormatTest {

  private static final ArrowType INT32 = new ArrowType.Int(32, true);

  @TempDir Path folder;

  private record Read(String batch, CheckpointedPosition after) {}

  private FileSourceSplit split(byte[] content) throws IOException {
    Path file = Rows.write(folder, "batches.arrow", content);
    return new FileSourceSplit("0", Rows.path(file), 0, Files.size(file), 0, Files.size(file));
  }

  private static List<Read> drain(BulkFormat.Reader<ArrowBatch> reader) throws IOException {
    List<Read> all = new ArrayList<>();
    try (reader) {
      BulkFormat.RecordIterator<ArrowBatch> some;
      while ((some = reader.readBatch()) != null) {
        RecordAndPosition<ArrowBatch> next;
        while ((next = some.next()) != null) {
          try (ArrowBatch batch = next.getRecord()) {
            all.add(
                new Read(
                    ArrowFiles.contents(batch.root()),
                    new CheckpointedPosition(next.getOffset(), next.getRecordSkipCount())));
          }
        }
        some.releaseBatch();
      }
    }
    return all;
  }

  private static List<Read> readAll(FileSourceSplit split) throws IOException {
    return drain(new ArrowBatchFormat().createReader(new Configuration(), split));
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "COMPRESSED")
  void givesBackWhatWasWritten(Kind kind) throws IOException {
    Written written = everyType(kind);
    List<Read> read = readAll(split(written.bytes()));
    assertThat(read).extracting(Read::batch).containsExactlyElementsOf(written.batches());
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "COMPRESSED")
  void goesOnAfterEveryBatch(Kind kind) throws IOException {
    FileSourceSplit split = split(everyType(kind).bytes());
    List<Read> whole = readAll(split);
    for (int i = 0; i < whole.size(); i++) {
      FileSourceSplit saved = split.updateWithCheckpointedPosition(whole.get(i).after());
      assertThat(drain(new ArrowBatchFormat().restoreReader(new Configuration(), saved)))
          .isEqualTo(whole.subList(i + 1, whole.size()));
    }
  }

  /** Five batches, of which one has no rows. */
  private static Written everyType(Kind kind) {
    Schema schema =
        new Schema(
            List.of(
                Field.notNullable("id", new ArrowType.Int(64, true)),
                Field.nullable("text", ArrowType.Utf8.INSTANCE),
                Field.nullable("bytes", ArrowType.Binary.INSTANCE),
                Field.nullable("yes", ArrowType.Bool.INSTANCE),
                Field.nullable("price", new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)),
                Field.nullable("time", new ArrowType.Timestamp(TimeUnit.MICROSECOND, "UTC")),
                new Field(
                    "numbers",
                    FieldType.nullable(ArrowType.List.INSTANCE),
                    List.of(Field.nullable("item", INT32))),
                new Field(
                    "pair",
                    FieldType.notNullable(new ArrowType.FixedSizeList(2)),
                    List.of(Field.notNullable("item", INT32))),
                new Field(
                    "nested",
                    FieldType.nullable(ArrowType.Struct.INSTANCE),
                    List.of(Field.nullable("inner", ArrowType.Utf8.INSTANCE)))));
    return ArrowFiles.write(
        kind,
        schema,
        new MapDictionaryProvider(),
        5,
        (batch, root) -> fill(root, batch == 2 ? 0 : 3 + 4 * batch, batch * 1000));
  }

  private static void fill(VectorSchemaRoot root, int rows, int firstId) {
    UnionListWriter numbers = ((ListVector) root.getVector("numbers")).getWriter();
    FixedSizeListVector pair = (FixedSizeListVector) root.getVector("pair");
    StructVector nested = (StructVector) root.getVector("nested");
    for (int row = 0; row < rows; row++) {
      int id = firstId + row;
      ((BigIntVector) root.getVector("id")).setSafe(row, id);
      if (row % 3 != 1) {
        byte[] text = ("text ü " + id).getBytes(StandardCharsets.UTF_8);
        ((VarCharVector) root.getVector("text")).setSafe(row, text);
        ((VarBinaryVector) root.getVector("bytes")).setSafe(row, text);
        ((BitVector) root.getVector("yes")).setSafe(row, id % 2);
        ((Float8Vector) root.getVector("price")).setSafe(row, id / 7.0);
        ((TimeStampMicroTZVector) root.getVector("time")).setSafe(row, id * 1_000_003L);
        numbers.setPosition(row);
        numbers.startList();
        for (int i = 0; i < id % 4; i++) {
          numbers.writeInt(i);
        }
        numbers.endList();
        nested.setIndexDefined(row);
        ((VarCharVector) nested.getChild("inner")).setSafe(row, text);
      }
      pair.setNotNull(row);
      ((IntVector) pair.getDataVector()).setSafe(2 * row, id);
      ((IntVector) pair.getDataVector()).setSafe(2 * row + 1, -id);
    }
    root.getFieldVectors().forEach(vector -> vector.setValueCount(rows));
    root.setRowCount(rows);
  }

  private static Written threeBatches(Kind kind) {
    return ArrowFiles.texts(kind, List.of(List.of("a", "b"), List.of("c"), List.of("d", "e")));
  }

  @Test
  void aBatchThatIsOutKeepsTheReaderFromEnding() throws IOException {
    long before = OffHeapMemory.allocatedBytes();
    FileSourceSplit split = split(ArrowFiles.texts(Kind.FILE, List.of(List.of("a"))).bytes());
    try (BulkFormat.Reader<ArrowBatch> reader =
        new ArrowBatchFormat().createReader(new Configuration(), split)) {
      BulkFormat.RecordIterator<ArrowBatch> only = Objects.requireNonNull(reader.readBatch());
      for (int i = 0; i < 3; i++) {
        BulkFormat.RecordIterator<ArrowBatch> none = Objects.requireNonNull(reader.readBatch());
        assertThat(none.next()).isNull();
        none.releaseBatch();
      }
      ArrowBatch loan = Objects.requireNonNull(only.next()).getRecord();
      loan.close();
      assertThat(loan.rowCount()).isEqualTo(1);
      assertThat(loan.root().getVector("id").getValueCount()).isEqualTo(1);
      only.releaseBatch();
      assertThat(reader.readBatch()).isNull();
      assertThat(OffHeapMemory.allocatedBytes()).isEqualTo(before);
    }
  }

  @Test
  void closingGivesBackWhatNobodyReleased() throws IOException {
    long before = OffHeapMemory.allocatedBytes();
    ArrowBatch kept;
    try (BulkFormat.Reader<ArrowBatch> reader =
        new ArrowBatchFormat()
            .createReader(new Configuration(), split(threeBatches(Kind.STREAM).bytes()))) {
      BulkFormat.RecordIterator<ArrowBatch> emitted = Objects.requireNonNull(reader.readBatch());
      kept = Objects.requireNonNull(emitted.next()).getRecord().retain();
      assertThat(reader.readBatch()).isNotNull();
    }
    try (kept) {
      assertThat(ArrowFiles.contents(kept.root())).endsWith("\n0 a \n1 b ");
    }
    assertThat(OffHeapMemory.allocatedBytes()).isEqualTo(before);
  }

  @Test
  void refusesAFileThatHasBecomeShorter() throws IOException {
    FileSourceSplit saved =
        split(threeBatches(Kind.FILE).bytes())
            .updateWithCheckpointedPosition(
                new CheckpointedPosition(CheckpointedPosition.NO_OFFSET, 4));
    assertThatThrownBy(() -> new ArrowBatchFormat().restoreReader(new Configuration(), saved))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("batches.arrow now has 3 batches; 4 of it were read before");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "COMPRESSED")
  void aFileThatIsCutOffSaysSoAndLeavesNothingBehind(Kind kind) throws IOException {
    long before = OffHeapMemory.allocatedBytes();
    Written written = threeBatches(kind);
    int refused = 0;
    for (int length = 0; length < written.bytes().length; length++) {
      FileSourceSplit cut = split(Arrays.copyOf(written.bytes(), length));
      List<String> read = List.of();
      try {
        read = readAll(cut).stream().map(Read::batch).toList();
        // A stream may end after any of its batches.
        assertThat(kind).as("cut at %d", length).isEqualTo(Kind.STREAM);
      } catch (IOException told) {
        assertThat(told).hasMessageContaining("batches.arrow");
        refused++;
      }
      assertThat(read).isEqualTo(written.batches().subList(0, read.size()));
      assertThat(OffHeapMemory.allocatedBytes()).as("cut at %d", length).isEqualTo(before);
    }
    assertThat(refused).isGreaterThan(written.bytes().length * 9 / 10);
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "COMPRESSED")
  void damageIsAFailureThatNamesTheFileAndLeavesNothingBehind(Kind kind) throws IOException {
    long seed = Long.getLong("millrace.test.seed", System.nanoTime());
    Random random = new Random(seed);
    long before = OffHeapMemory.allocatedBytes();
    byte[] whole = threeBatches(kind).bytes();
    for (int i = 0; i < 200; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
      FileSourceSplit split = split(damaged);
      try {
        assertThat(readAll(split)).hasSizeLessThan(100);
      } catch (IOException told) {
        assertThat(told).hasMessageContaining("batches.arrow");
      } catch (RuntimeException odd) {
        throw new AssertionError("Repeat it with -Dmillrace.test.seed=" + seed, odd);
      }
      assertThat(OffHeapMemory.allocatedBytes())
          .as("Repeat it with -Dmillrace.test.seed=%d", seed)
          .isEqualTo(before);
    }
  }

  @Test
  void saysWhatIsNoArrowFile() throws IOException {
    for (Map.Entry<String, String> other :
        Map.of(
                "id,text\n1,a\n", "it begins with the bytes 69642c746578",
                "", "it is empty",
                "PAR1", "50415231")
            .entrySet()) {
      FileSourceSplit split = split(other.getKey().getBytes(StandardCharsets.UTF_8));
      assertThatThrownBy(() -> readAll(split))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("batches.arrow is no Arrow IPC file and no Arrow IPC stream")
          .hasMessageContaining(other.getValue());
    }
  }

  @Test
  void refusesCompressedBuffers() throws IOException {
    FileSourceSplit split = split(threeBatches(Kind.COMPRESSED).bytes());
    assertThatThrownBy(() -> readAll(split))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("batches.arrow")
        .hasMessageContaining("compressed with LZ4_FRAME")
        .hasMessageContaining("compression=None");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "COMPRESSED")
  void refusesDictionaries(Kind kind) throws IOException {
    DictionaryEncoding encoding = new DictionaryEncoding(7, false, new ArrowType.Int(32, true));
    byte[] file;
    try (MemoryScope scope = MemoryScope.open("dictionary");
        VarCharVector values = new VarCharVector("values", scope.allocator())) {
      values.setSafe(0, "red".getBytes(StandardCharsets.UTF_8));
      values.setValueCount(1);
      MapDictionaryProvider dictionaries =
          new MapDictionaryProvider(new Dictionary(values, encoding));
      Field colour = new Field("colour", new FieldType(true, INT32, encoding), List.of());
      Schema schema =
          new Schema(
              List.of(
                  new Field(
                      "nested",
                      FieldType.notNullable(ArrowType.Struct.INSTANCE),
                      List.of(colour))));
      file =
          ArrowFiles.write(
                  kind,
                  schema,
                  dictionaries,
                  2,
                  (batch, root) -> {
                    StructVector nested = (StructVector) root.getVector("nested");
                    ((IntVector) nested.getChild("colour")).setSafe(0, 0);
                    nested.setIndexDefined(0);
                    nested.setValueCount(1);
                    root.setRowCount(1);
                  })
              .bytes();
    }
    assertThatThrownBy(() -> readAll(split(file)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("batches.arrow has the column 'colour' encoded by a dictionary");
  }
}
