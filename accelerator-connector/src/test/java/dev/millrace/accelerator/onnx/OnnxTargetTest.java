package dev.millrace.accelerator.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Devices beyond the CPU, as far as can be told where there are none. */
class OnnxTargetTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "onnx:cpu?callers=2",
        "onnx:cuda:0",
        "onnx:cuda:3?gpu_mem_limit=1073741824&callers=2&cpu-fallback=true",
        "onnx:tensorrt:0?trt_fp16_enable=1",
        "onnx:plugin:CannExecutionProvider?library=/opt/libcann_ep.so&device=1&whatever=1"
      })
  void theseAreTargets(String uri) {
    Sessions.validate(AcceleratorUri.parse(uri));
  }

  @ParameterizedTest
  @CsvSource({
    "onnx:gpu,onnx:cuda:N",
    "onnx:cuda,onnx:cuda:N",
    "onnx:cuda:,has no number",
    "onnx:cuda:first,has no number",
    "onnx:cuda:0?gpu_memory=1,gpu_mem_limit",
    "onnx:tensorrt:0?trt_fp61_enable=1,trt_fp16_enable",
    "onnx:cuda:0?cpu-fallback=maybe,true or false",
    "onnx:plugin:X,library",
    "onnx:cpu?gpu_mem_limit=1,callers"
  })
  void theseAreNone(String uri, String remedy) {
    AcceleratorException wrong =
        catchThrowableOfType(
            AcceleratorException.class, () -> Sessions.validate(AcceleratorUri.parse(uri)));
    assertThat(wrong.category()).isEqualTo(Category.CONFIGURATION);
    assertThat(wrong).hasMessageContaining(remedy);
  }

  @ParameterizedTest
  @ValueSource(strings = {"onnx:cuda:0", "onnx:tensorrt:0"})
  void aRuntimeWithoutGpusIsTold(String uri) {
    OrtEnvironment unused = OrtEnvironment.getEnvironment();
    Assumptions.assumeFalse(OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA));
    assertThat(failureOf(uri))
        .hasMessageContaining(uri)
        .hasMessageContaining("CUDA 12")
        .hasMessageContaining("onnxruntime_gpu")
        .hasMessageContaining("-Pgpu");
  }

  @Test
  void aPluginsLibraryThatIsNotThereOrIsNoneIsTold() throws IOException {
    assertThat(failureOf("onnx:plugin:NoProvider?library=" + folder + "/no.so"))
        .hasMessageContaining(folder + "/no.so")
        .hasMessageContaining("no such file");
    Path text = Files.writeString(folder.resolve("text.so"), "no library");
    assertThat(failureOf("onnx:plugin:NoProvider?library=" + text))
        .hasMessageContaining("plug-in provider")
        .hasMessageContaining("text.so");
  }

  private static AcceleratorException failureOf(String uri) {
    AcceleratorException failure =
        catchThrowableOfType(
            AcceleratorException.class,
            () -> {
              InferenceSession session =
                  Sessions.open(
                      AcceleratorUri.parse(uri),
                      Models.resolve("minilm"),
                      SessionOptions.defaults());
              session.close();
            });
    assertThat(failure.category()).isEqualTo(Category.CONFIGURATION);
    return failure;
  }
}
