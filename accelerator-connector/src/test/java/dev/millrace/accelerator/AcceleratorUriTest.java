package dev.millrace.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.accelerator.AcceleratorException.Category;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AcceleratorUriTest {

  @ParameterizedTest
  @CsvSource({
    "onnx:cpu, onnx, cpu",
    "ONNX:cuda:0, onnx, cuda:0",
    "oip+grpc://host:8001, oip+grpc, //host:8001",
    "openai+http://host:8000/v1, openai+http, //host:8000/v1",
    "' onnx:cpu ', onnx, cpu"
  })
  void hasASchemeAndATarget(String text, String scheme, String target) {
    AcceleratorUri uri = AcceleratorUri.parse(text);
    assertThat(uri.scheme()).isEqualTo(scheme);
    assertThat(uri.target()).isEqualTo(target);
    assertThat(uri.parameters()).isEmpty();
  }

  @Test
  void hasParametersInTheirOrder() {
    AcceleratorUri uri =
        AcceleratorUri.parse("onnx:plugin:npu?library=%2Fopt%2Fnpu.so&z=1&y=&x=a=b&w=%26");
    assertThat(uri.parameters())
        .containsExactly(
            Map.entry("library", "/opt/npu.so"),
            Map.entry("z", "1"),
            Map.entry("y", ""),
            Map.entry("x", "a=b"),
            Map.entry("w", "&"));
    assertThat(uri).hasToString("onnx:plugin:npu");
  }

  @Test
  void isOneOfAList() {
    assertThat(AcceleratorUri.parseList("onnx:cpu, onnx:cuda:0"))
        .extracting(AcceleratorUri::target)
        .containsExactly("cpu", "cuda:0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "cpu", "onnx:", ":cpu", "onnx", "1nnx:cpu", "onnx:a b", "onnx:?a=b"})
  void refusesWhatIsNone(String text) {
    AcceleratorException failure =
        catchThrowableOfType(AcceleratorException.class, () -> AcceleratorUri.parse(text));
    assertThat(failure.category()).isEqualTo(Category.CONFIGURATION);
    assertThat(failure).hasMessageContaining("SCHEME:TARGET").hasMessageContaining(" onnx, ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "onnx:cpu?secret",
        "onnx:cpu?=secret",
        "onnx:cpu?a=secret%zz",
        "onnx:cpu?a=secret&a=2",
        "cpu?key=secret"
      })
  void refusesWrongParametersWithoutTellingThem(String text) {
    AcceleratorException failure =
        catchThrowableOfType(AcceleratorException.class, () -> AcceleratorUri.parse(text));
    assertThat(failure.category()).isEqualTo(Category.CONFIGURATION);
    assertThat(failure).hasMessageContaining("cpu?...").hasMessageNotContaining("secret");
  }
}
