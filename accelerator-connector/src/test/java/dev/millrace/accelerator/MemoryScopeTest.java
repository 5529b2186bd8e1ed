package dev.millrace.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryScopeTest {

  @Test
  void livesUntilItsLastBatchIsClosed() {
    MemoryScope scope = MemoryScope.open("embed (2/4)");
    IntVector vector = new IntVector("a", scope.allocator());
    vector.allocateNew(10);
    vector.setValueCount(10);
    ArrowBatch batch = ArrowBatch.own(scope, VectorSchemaRoot.of(vector));
    scope.close();
    scope.close();
    assertThat(OffHeapMemory.describe()).contains("embed (2/4): ");
    batch.close();
    assertThat(OffHeapMemory.describe()).doesNotContain("embed (2/4)");
  }

  @Test
  void namesItselfWhenItLeaks() {
    MemoryScope scope = MemoryScope.open("leaky");
    try (ArrowBuf forgotten = scope.allocator().buffer(128)) {
      assertThatThrownBy(scope::close)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("'leaky'")
          .hasMessageContaining(forgotten.capacity() + " bytes");
    }
  }

  @Test
  void keepsToItsLimit() {
    try (MemoryScope scope = MemoryScope.open("small", 1024)) {
      assertThatThrownBy(() -> scope.allocator().buffer(2048))
          .isInstanceOf(OutOfMemoryException.class);
    }
  }

  @Test
  void takesNoBatchAfterItIsGone() {
    MemoryScope gone = MemoryScope.open("gone");
    gone.close();
    try (MemoryScope scope = MemoryScope.open("here");
        VectorSchemaRoot root = VectorSchemaRoot.of(new IntVector("a", scope.allocator()))) {
      assertThatThrownBy(() -> ArrowBatch.own(gone, root))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("'gone' is closed");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 3, 16, 63, 64, 65, 100, 4096, 100_000})
  void startsEachBufferAtAMultipleOf64(long size) {
    try (MemoryScope scope = MemoryScope.open("aligned")) {
      List<ArrowBuf> buffers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        ArrowBuf buffer = scope.allocator().buffer(size);
        buffers.add(buffer);
        assertThat(buffer.memoryAddress() % 64).isZero();
        assertThat(buffer.capacity()).isGreaterThanOrEqualTo(size);
      }
      buffers.forEach(ArrowBuf::close);
    }
  }
}
