package dev.millrace.accelerator.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.millrace.accelerator.MemoryScope;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.junit.jupiter.api.Test;

class TensorCacheTest {

  /** More than the cache has places, so that many fall on one. */
  private static final int MANY = 10_000;

  @Test
  void aTensorOfARunLivesUntilTheRunEndsWhateverElseIsAskedFor() throws OrtException {
    try (MemoryScope scope = MemoryScope.open("test");
        ArrowBuf memory = scope.allocator().buffer((long) MANY * Long.BYTES);
        TensorCache cache = new TensorCache(OrtEnvironment.getEnvironment())) {
      List<OnnxTensor> ofTheRun = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        ofTheRun.add(cache.get(memory, (long) i * Long.BYTES, 1, 1, OnnxJavaType.INT64).tensor());
      }
      assertThat(ofTheRun).noneMatch(OnnxTensor::isClosed);

      cache.endRun();
      assertThat(ofTheRun).anyMatch(OnnxTensor::isClosed).anyMatch(tensor -> !tensor.isClosed());

      cache.close();
      assertThat(ofTheRun).allMatch(OnnxTensor::isClosed);
    }
  }

  @Test
  void theSamePlaceAndShapeAreTheSameTensorAndNothingElseIs() throws OrtException {
    try (MemoryScope scope = MemoryScope.open("test");
        ArrowBuf memory = scope.allocator().buffer(1024);
        TensorCache cache = new TensorCache(OrtEnvironment.getEnvironment())) {
      OnnxTensor first = cache.get(memory, 0, 2, 3, OnnxJavaType.INT64).tensor();
      assertThat(cache.get(memory, 0, 2, 3, OnnxJavaType.INT64).tensor()).isSameAs(first);
      assertThat(cache.get(memory, 0, 3, 2, OnnxJavaType.INT64).tensor()).isNotSameAs(first);
      assertThat(cache.get(memory, 8, 2, 3, OnnxJavaType.INT64).tensor()).isNotSameAs(first);
      assertThat(cache.get(memory, 0, 2, 3, OnnxJavaType.FLOAT).tensor()).isNotSameAs(first);
    }
  }
}
