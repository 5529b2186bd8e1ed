package dev.millrace.pipelines.sql.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.FloatType;
import org.apache.flink.table.types.logical.IntType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The search through a graph beside the one that looks at everything. */
class ApproximateSearchTest {

  private static final long SEED = 20260302;
  private static final int DIMENSION = 24;
  private static final int TOP = 10;
  private static final int PER_GROUP = 20;

  private interface Vectors extends Serializable {
    float[] of(long item);
  }

  /** Vectors around some centres, of lengths that differ. */
  private static float[] clustered(long item) {
    Random centre = new Random(SEED + Math.floorMod(item * 31, 97));
    Random own = new Random(SEED * 7 + item);
    float length = (float) Math.exp(0.3 * own.nextGaussian());
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = length * (float) (centre.nextGaussian() + 0.6 * own.nextGaussian());
    }
    return vector;
  }

  private static ItemIndex build(int items, Vectors vectors, Metric metric, SearchMode search)
      throws Exception {
    return ItemIndex.build(
        new ItemSource(
            "of the test",
            new DataGeneratorSource<>(
                number -> row(number, vectors), items, TypeInformation.of(RowData.class)),
            new ItemLayout(
                List.of(new IntType(), new ArrayType(new FloatType())),
                1,
                false,
                new RowDataSerializer(new IntType()))),
        new IndexSettings(metric, search, 0, new GraphSettings(16, 100, 100)),
        ApproximateSearchTest.class.getClassLoader());
  }

  private static RowData row(long number, Vectors vectors) {
    return GenericRowData.of((int) number, new GenericArrayData(vectors.of(number)));
  }

  /** Ascending lists of what each of some searches finds: items and scores. */
  private static List<List<Float>> found(ItemIndex index, List<float[]> wanted, int most) {
    List<List<Float>> found = new ArrayList<>();
    for (Nearest nearest : index.search(wanted, wanted.stream().map(one -> most).toList())) {
      List<Float> flat = new ArrayList<>();
      for (int rank = 0; rank < nearest.size(); rank++) {
        flat.add((float) nearest.item(rank));
        flat.add(nearest.score(rank));
      }
      found.add(flat);
    }
    return found;
  }

  private static List<float[]> queries(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(i -> clustered(-i)).toList();
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void nearlyAllOfTheNearestAreFoundWithTheSameScores(Metric metric) throws Exception {
    try (ItemIndex exact = build(3000, ApproximateSearchTest::clustered, metric, SearchMode.EXACT);
        ItemIndex near =
            build(3000, ApproximateSearchTest::clustered, metric, SearchMode.APPROXIMATE)) {
      List<float[]> wanted = queries(50);
      List<Nearest> all = exact.search(wanted, wanted.stream().map(one -> TOP).toList());
      List<Nearest> some = near.search(wanted, wanted.stream().map(one -> TOP).toList());
      int common = 0;
      for (int q = 0; q < wanted.size(); q++) {
        Set<List<Float>> expected = new HashSet<>();
        for (int rank = 0; rank < TOP; rank++) {
          expected.add(List.of((float) all.get(q).item(rank), all.get(q).score(rank)));
        }
        assertThat(some.get(q).size()).isEqualTo(TOP);
        for (int rank = 0; rank < TOP; rank++) {
          if (expected.contains(List.of((float) some.get(q).item(rank), some.get(q).score(rank)))) {
            common++;
          }
        }
      }
      assertThat(common / (double) (TOP * wanted.size()))
          .as("seed %s", SEED)
          .isGreaterThanOrEqualTo(0.95);
    }
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void moreThanTheGraphIsGoodForIsSearchedExactly(Metric metric) throws Exception {
    try (ItemIndex exact = build(500, ApproximateSearchTest::clustered, metric, SearchMode.EXACT);
        ItemIndex near =
            build(500, ApproximateSearchTest::clustered, metric, SearchMode.APPROXIMATE)) {
      assertThat(found(near, queries(3), 1000)).isEqualTo(found(exact, queries(3), 1000));
      assertThat(found(near, queries(3), 0)).isEqualTo(found(exact, queries(3), 0));
    }
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void itemsWithTheSameVectorAreAllFoundInTheirOrder(Metric metric) throws Exception {
    Vectors alike = item -> clustered(item % (3000 / PER_GROUP));
    try (ItemIndex near = build(3000, alike, metric, SearchMode.APPROXIMATE);
        ItemIndex exact = build(3000, alike, metric, SearchMode.EXACT)) {
      List<float[]> wanted = List.of(clustered(7), clustered(50), clustered(149));
      assertThat(found(near, wanted, PER_GROUP)).isEqualTo(found(exact, wanted, PER_GROUP));
    }
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void vectorsOfZerosAreFoundAsExactlyAsAnyOther(Metric metric) throws Exception {
    Vectors some = item -> item % 3 == 0 ? new float[DIMENSION] : clustered(item);
    try (ItemIndex near = build(3000, some, metric, SearchMode.APPROXIMATE);
        ItemIndex exact = build(3000, some, metric, SearchMode.EXACT)) {
      List<float[]> nothing = List.of(new float[DIMENSION]);
      assertThat(found(near, nothing, TOP)).isEqualTo(found(exact, nothing, TOP)).isNotEmpty();
      List<float[]> wanted = queries(20);
      List<List<Float>> all = found(exact, wanted, 1);
      List<List<Float>> graph = found(near, wanted, 1);
      assertThat(IntStream.range(0, 20).filter(q -> graph.get(q).equals(all.get(q))).count())
          .isGreaterThanOrEqualTo(18);
    }
  }

  @Test
  void aVectorWithAValueThatIsNoNumberIsNeverFoundAndHindersNoOther() throws Exception {
    Vectors some =
        item -> {
          float[] vector = clustered(item);
          if (item % 5 == 0) {
            vector[3] = item % 2 == 0 ? Float.NaN : Float.POSITIVE_INFINITY;
          }
          return vector;
        };
    try (ItemIndex near = build(3000, some, Metric.COSINE, SearchMode.APPROXIMATE);
        ItemIndex exact = build(3000, some, Metric.COSINE, SearchMode.EXACT)) {
      List<float[]> wanted = queries(20);
      List<List<Float>> all = found(exact, wanted, 1);
      List<List<Float>> graph = found(near, wanted, 1);
      assertThat(IntStream.range(0, 20).filter(q -> graph.get(q).equals(all.get(q))).count())
          .isGreaterThanOrEqualTo(18);
    }
  }

  @Test
  void aGraphOfNothingFindsNothing() throws Exception {
    Vectors none = item -> new float[] {Float.NaN, 1};
    try (ItemIndex near = build(3, none, Metric.COSINE, SearchMode.APPROXIMATE)) {
      assertThat(found(near, List.of(new float[] {1, 2}), TOP)).containsExactly(List.of());
    }
  }

  // What is left of the memory is looked at after every test.
  @Test
  void aBuildThatIsInterruptedEndsAtOnce() throws Exception {
    CompletableFuture<Thread> builder = new CompletableFuture<>();
    CompletableFuture<Void> ended =
        CompletableFuture.runAsync(
            () -> {
              try {
                builder.complete(Thread.currentThread());
                build(
                        60_000,
                        ApproximateSearchTest::clustered,
                        Metric.COSINE,
                        SearchMode.APPROXIMATE)
                    .close();
              } catch (Exception failed) {
                throw new CompletionException(failed);
              }
            },
            action -> new Thread(action, "builder").start());
    Thread building = builder.get();
    await().until(() -> ended.isDone() || graphThreads() > 0);
    building.interrupt();
    assertThatThrownBy(ended::get).hasRootCauseInstanceOf(InterruptedException.class);
    assertThat(graphThreads()).isZero();
  }

  private static long graphThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("millrace graph of "))
        .count();
  }
}
