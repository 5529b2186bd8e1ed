package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.MemoryScope;
import org.apache.arrow.memory.ArrowBuf;
import org.junit.jupiter.api.Test;

class EmbeddingViewTest {

  private static final int DIMENSION = 12;
  private static final long VECTOR_BYTES = DIMENSION * (long) Float.BYTES;

  private final EmbeddingView view = new EmbeddingView(DIMENSION);

  @Test
  void readsTheVectorThatItPointsAt() {
    try (MemoryScope scope = MemoryScope.open("vectors");
        ArrowBuf one = numbers(scope, 100);
        ArrowBuf other = numbers(scope, 1_000)) {
      for (ArrowBuf values : new ArrowBuf[] {one, other, one}) {
        for (int start = 0; start < 20; start++) {
          view.at(values, start * 4L);
          float first = values.getFloat(start * 4L);
          float[] array = view.toArray();
          float[] within = new float[DIMENSION + 5];
          view.copyTo(within, 3);
          assertThat(array).hasSize(DIMENSION);
          assertThat(within[2]).isZero();
          assertThat(within[3 + DIMENSION]).isZero();
          for (int i = 0; i < DIMENSION; i++) {
            assertThat(view.get(i)).isEqualTo(first + i);
            assertThat(array[i]).isEqualTo(first + i);
            assertThat(within[3 + i]).isEqualTo(first + i);
          }
        }
      }
    }
  }

  @Test
  void copiesToOtherMemoryAndNoFurther() {
    try (MemoryScope scope = MemoryScope.open("vectors");
        ArrowBuf values = numbers(scope, 0);
        ArrowBuf target = scope.allocator().buffer(256)) {
      target.setZero(0, 256);
      view.at(values, 8).copyTo(target, 64);
      assertThat(target.getFloat(60)).isZero();
      assertThat(target.getFloat(64)).isEqualTo(2);
      assertThat(target.getFloat(60 + VECTOR_BYTES)).isEqualTo(DIMENSION + 1);
      assertThat(target.getFloat(64 + VECTOR_BYTES)).isZero();
    }
  }

  @Test
  void refusesWhatLiesOutside() {
    try (MemoryScope scope = MemoryScope.open("vectors");
        ArrowBuf values = numbers(scope, 0);
        ArrowBuf small = scope.allocator().buffer(64)) {
      view.at(values, 0);
      assertThatThrownBy(() -> view.get(DIMENSION)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> view.copyTo(new float[DIMENSION], 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> view.copyTo(small, 32))
          .isInstanceOf(IndexOutOfBoundsException.class);
      view.at(values, values.capacity() - 4);
      assertThatThrownBy(view::toArray).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> view.copyTo(values, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void refusesMemoryThatWasGivenBack() {
    try (MemoryScope scope = MemoryScope.open("vectors")) {
      ArrowBuf values = numbers(scope, 0);
      view.at(values, 0);
      assertThat(view.toArray()[1]).isEqualTo(1);
      values.close();
      assertThatThrownBy(view::toArray).isInstanceOf(RuntimeException.class);
      assertThatThrownBy(() -> view.get(0)).isInstanceOf(RuntimeException.class);
    }
  }

  private static ArrowBuf numbers(MemoryScope scope, int first) {
    ArrowBuf values = scope.allocator().buffer(512);
    for (int i = 0; i < 128; i++) {
      values.setFloat(i * 4L, first + i);
    }
    return values;
  }
}
