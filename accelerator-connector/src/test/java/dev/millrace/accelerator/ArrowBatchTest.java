package dev.millrace.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ArrowBatchTest {

  private final MemoryScope scope = MemoryScope.open("batches");

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void givesItsMemoryBackWithItsLastReference() {
    ArrowBatch first = batch("a", 3);
    ArrowBatch second = first.retain();
    first.close();
    first.close();
    assertThat(((IntVector) second.requireColumn("a")).get(2)).isEqualTo(2);
    second.close();
    assertThat(scope.allocator().getAllocatedMemory()).isZero();
  }

  @Test
  void cannotBeReadThroughAClosedReference() {
    ArrowBatch first = batch("a", 3);
    try (ArrowBatch second = first.retain()) {
      first.close();
      assertThatThrownBy(first::root)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("batch of 3 rows is closed")
          .hasMessageContaining("retain()");
      assertThatThrownBy(first::retain).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> first.column("a")).isInstanceOf(IllegalStateException.class);
      assertThat(first).hasToString("ArrowBatch[3 rows, 1 columns, closed]");
      assertThat(first.rowCount()).isEqualTo(3);
      assertThat(second.rowCount()).isEqualTo(3);
    }
  }

  @Test
  void namesTheColumnsThatThereAre() {
    try (ArrowBatch batch = batch("a", 3)) {
      assertThat(batch.column("b")).isNull();
      assertThatThrownBy(() -> batch.requireColumn("b"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("The batch has no column 'b'. It has [a].");
    }
  }

  @Test
  void sharesItsColumnsWithABatchThatHasMore() {
    MemoryScope other = MemoryScope.open("more");
    ArrowBatch batch = batch("a", 3);
    ArrowBatch more = batch.withColumns(other, List.of(ints(other, "b", 3)));
    batch.close();
    other.close();
    assertThat(more.root().getSchema().getFields())
        .extracting(f -> f.getName())
        .containsExactly("a", "b");
    assertThat(((IntVector) more.requireColumn("a")).get(1)).isEqualTo(1);
    assertThat(scope.allocator().getAllocatedMemory()).isPositive();
    more.close();
    assertThat(OffHeapMemory.allocatedBytes()).isZero();
    assertThat(OffHeapMemory.describe()).doesNotContain("more");
  }

  @Test
  void outlivesABatchThatHasMore() {
    ArrowBatch batch = batch("a", 3);
    batch.withColumns(scope, List.of(ints(scope, "b", 3))).close();
    assertThat(((IntVector) batch.requireColumn("a")).get(1)).isEqualTo(1);
    batch.close();
    assertThat(scope.allocator().getAllocatedMemory()).isZero();
  }

  @Test
  void refusesAColumnOfAnotherLength() {
    try (ArrowBatch batch = batch("a", 3);
        IntVector four = ints(scope, "b", 4)) {
      assertThatThrownBy(() -> batch.withColumns(scope, List.of(four)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'b' has 4 values, and the batch has 3 rows");
    }
  }

  @Test
  void isClosedOnceHoweverManyThreadsCloseIt() throws InterruptedException {
    for (int i = 0; i < 200; i++) {
      ArrowBatch kept = batch("a", 3);
      ArrowBatch contended = kept.retain();
      CountDownLatch start = new CountDownLatch(1);
      Thread other =
          new Thread(
              () -> {
                try {
                  start.await();
                } catch (InterruptedException interrupted) {
                  throw new IllegalStateException(interrupted);
                }
                contended.close();
              });
      other.start();
      start.countDown();
      contended.close();
      other.join();
      assertThat(((IntVector) kept.requireColumn("a")).get(2)).isEqualTo(2);
      kept.close();
    }
  }

  @Test
  void isFreedAndCountedWhenItIsAbandoned() {
    abandon();
    await()
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(ArrowBatch.abandonedReferences()).isEqualTo(1);
              assertThat(scope.allocator().getAllocatedMemory()).isZero();
            });
    assertThat(ArrowBatch.resetAbandonedReferences()).isEqualTo(1);
  }

  @Test
  void countsOnlyTheReferenceThatWasAbandoned() {
    ArrowBatch kept = batch("a", 3);
    abandonOneMore(kept);
    await()
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(ArrowBatch.resetAbandonedReferences()).isEqualTo(1);
            });
    assertThat(((IntVector) kept.requireColumn("a")).get(2)).isEqualTo(2);
    kept.close();
  }

  // In methods of their own, so that no frame of the test keeps them reachable.
  private void abandon() {
    assertThat(batch("a", 3).rowCount()).isEqualTo(3);
  }

  private static void abandonOneMore(ArrowBatch batch) {
    assertThat(batch.retain().rowCount()).isEqualTo(3);
  }

  private ArrowBatch batch(String column, int rows) {
    return ArrowBatch.own(scope, VectorSchemaRoot.of(ints(scope, column, rows)));
  }

  private static IntVector ints(MemoryScope scope, String name, int count) {
    IntVector vector = new IntVector(name, scope.allocator());
    vector.allocateNew(count);
    for (int i = 0; i < count; i++) {
      vector.set(i, i);
    }
    vector.setValueCount(count);
    return vector;
  }
}
