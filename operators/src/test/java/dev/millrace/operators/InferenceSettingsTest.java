package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.millrace.accelerator.BatchInvariance;
import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

class InferenceSettingsTest {

  @Test
  void everyOptionReachesItsSetting() {
    Configuration config = new Configuration();
    config.setString("accelerators", "steered:x");
    config.setString("model", "some/folder");
    config.setString("batch-rows", "7");
    config.setString("batch-latency", "5 ms");
    config.setString("max-in-flight", "3");
    config.setString("output-order", "unordered");
    config.setString("batch-invariance", "relaxed");
    config.setString("deadline", "9 s");
    config.setString("max-attempts", "2");
    assertThat(InferenceSettings.from(config))
        .isEqualTo(
            new InferenceSettings(
                "steered:x",
                "some/folder",
                7,
                Duration.ofMillis(5),
                3,
                OutputOrder.UNORDERED,
                BatchInvariance.RELAXED,
                Duration.ofSeconds(9),
                2));
    assertThat(config.toMap().keySet())
        .containsExactlyInAnyOrderElementsOf(
            InferenceOptions.ALL.stream().map(option -> option.key()).toList());
  }

  @Test
  void flinksOwnConfigurationHasTheSameKeysWithAPrefix() {
    Configuration flink = new Configuration();
    flink.setString("millrace.batch-rows", "9");
    flink.setString("batch-rows", "5");
    InferenceSettings settings = InferenceSettings.fromFlink(flink);
    assertThat(settings.batchRows()).isEqualTo(9);
    assertThat(settings.model()).isEqualTo("minilm");
  }

  @Test
  void theDefaultsHaveNoProblems() {
    assertThat(InferenceSettings.from(new Configuration()).problems()).isEmpty();
  }

  @Test
  void everyProblemIsToldAtOnceWithOptionValueAndRemedy() {
    InferenceSettings wrong =
        new InferenceSettings(
            "gpu",
            "no-such-model",
            0,
            Duration.ZERO,
            -1,
            OutputOrder.ORDERED,
            BatchInvariance.STRICT,
            Duration.ofMillis(-5),
            0);
    assertThat(wrong.problems())
        .extracting(OptionProblem::option, OptionProblem::value)
        .containsExactly(
            tuple("accelerators", "gpu"),
            tuple("model", "no-such-model"),
            tuple("batch-rows", "0"),
            tuple("max-in-flight", "-1"),
            tuple("max-attempts", "0"),
            tuple("batch-latency", "0 ms"),
            tuple("deadline", "-5 ms"));
    assertThat(wrong.problems()).allSatisfy(problem -> assertThat(problem.remedy()).isNotBlank());
  }

  @Test
  void severalAcceleratorsAreRefusedForNow() {
    Configuration config = new Configuration();
    config.setString("accelerators", "steered:a,steered:b");
    assertThat(InferenceSettings.from(config).problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.remedy()).contains("one accelerator"));
  }

  @Test
  void settingsAndFactoryTravelToTheCluster() throws Exception {
    InferenceSettings settings = InferenceSettings.from(new Configuration());
    EmbeddingOperatorFactory<String, String> factory =
        new EmbeddingOperatorFactory<>(settings, row -> row, (row, vector) -> row);
    assertThat(InstantiationUtil.clone(factory)).isNotNull();
    assertThat(InstantiationUtil.clone(settings)).isEqualTo(settings);
  }
}
