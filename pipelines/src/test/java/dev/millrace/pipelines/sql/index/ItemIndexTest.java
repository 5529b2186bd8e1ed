package dev.millrace.pipelines.sql.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.FloatType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.VarCharType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The index beside a search that does it in the plainest way. */
class ItemIndexTest {

  private static final long SEED = 20260301;

  /** The vector of an item, the same for the same number. */
  private static float[] vector(long item, int dimension) {
    Random random = new Random(SEED + item);
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  /** Rows of a number, a vector, which every tenth lacks, and a name. */
  private static ItemSource items(int count, int dimension, boolean doubles) {
    LogicalType element = doubles ? new DoubleType() : new FloatType();
    return new ItemSource(
        "of the test",
        new DataGeneratorSource<>(
            number -> row(number, dimension, doubles), count, TypeInformation.of(RowData.class)),
        new ItemLayout(
            List.of(new IntType(), new ArrayType(element), new VarCharType()),
            1,
            doubles,
            new RowDataSerializer(new IntType(), new VarCharType())));
  }

  private static RowData row(long number, int dimension, boolean doubles) {
    float[] vector = vector(number, dimension);
    GenericArrayData array =
        doubles
            ? new GenericArrayData(
                IntStream.range(0, dimension).mapToDouble(i -> vector[i]).toArray())
            : new GenericArrayData(vector);
    return GenericRowData.of(
        (int) number, number % 10 == 9 ? null : array, StringData.fromString("item " + number));
  }

  private static IndexSettings exact(Metric metric) {
    return new IndexSettings(metric, SearchMode.EXACT, 0, new GraphSettings(16, 100, 100));
  }

  private static ItemIndex build(ItemSource source, Metric metric) throws Exception {
    return ItemIndex.build(source, exact(metric), ItemIndexTest.class.getClassLoader());
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 7, COSINE, false",
    "1000, 64, DOT, true",
    "3, 5, COSINE, false",
    "1, 5, DOT, false"
  })
  void theNearestAreThoseOfThePlainestSearch(
      int count, int dimension, Metric metric, boolean doubles) throws Exception {
    try (ItemIndex index = build(items(count, dimension, doubles), metric)) {
      List<float[]> wanted = new ArrayList<>();
      for (int i = 1; i <= 5; i++) {
        wanted.add(vector(-i, dimension));
      }
      List<Nearest> found = index.search(wanted, List.of(1, 10, 10, 3, 0));
      for (int i = 0; i < wanted.size(); i++) {
        List<RowData> rows = index.rows(found.get(i));
        List<Integer> expected = plainest(wanted.get(i), count, dimension, metric);
        assertThat(rows)
            .as("query %s, seed %s", i, SEED)
            .extracting(row -> row.getInt(0))
            .isEqualTo(
                expected.subList(0, Math.min(expected.size(), List.of(1, 10, 10, 3, 0).get(i))));
        for (RowData row : rows) {
          int item = row.getInt(0);
          assertThat(row.getString(2)).hasToString("item " + item);
          assertThat(floats(row, doubles)).containsExactly(vector(item, dimension));
          assertThat(row.getDouble(3))
              .isCloseTo(
                  score(wanted.get(i), vector(item, dimension), metric),
                  org.assertj.core.data.Offset.offset(1e-4));
        }
      }
    }
  }

  private static float[] floats(RowData row, boolean doubles) {
    if (!doubles) {
      return row.getArray(1).toFloatArray();
    }
    double[] wide = row.getArray(1).toDoubleArray();
    float[] floats = new float[wide.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) wide[i];
    }
    return floats;
  }

  private static List<Integer> plainest(float[] wanted, int count, int dimension, Metric metric) {
    return IntStream.range(0, count)
        .filter(item -> item % 10 != 9)
        .boxed()
        .sorted(Comparator.comparingDouble(item -> -score(wanted, vector(item, dimension), metric)))
        .toList();
  }

  private static double score(float[] a, float[] b, Metric metric) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return metric == Metric.DOT ? dot : dot / Math.sqrt(aa * bb);
  }

  @Test
  void aVectorOfAnotherLengthIsRefused() throws Exception {
    try (ItemIndex index = build(items(20, 4, false), Metric.COSINE)) {
      assertThatThrownBy(() -> index.search(List.of(new float[5]), List.of(1)))
          .hasMessageContaining("holds vectors of 4 numbers, and one of 5 is searched for");
    }
  }

  @Test
  void itemsOfDifferentLengthsAreRefused() {
    ItemSource source = items(20, 4, false);
    ItemSource uneven =
        new ItemSource(
            "uneven",
            new DataGeneratorSource<>(
                number -> row(number, number < 5 ? 4 : 6, false),
                20,
                TypeInformation.of(RowData.class)),
            source.layout());
    assertThatThrownBy(() -> build(uneven, Metric.COSINE))
        .hasStackTraceContaining("vectors of different lengths: 4 and 6");
  }
}
