package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.millrace.accelerator.BatchInvariance;
import dev.millrace.accelerator.GraphPreparation;
import dev.millrace.accelerator.Precision;
import dev.millrace.accelerator.SessionOptions;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

class InferenceSettingsTest {

  @Test
  void everyOptionReachesItsSetting() {
    Map<String, String> given =
        Map.ofEntries(
            Map.entry("accelerators", "steered:x"),
            Map.entry("model", "some/folder"),
            Map.entry("token-budget", "77"),
            Map.entry("batch-rows", "7"),
            Map.entry("batch-latency", "5 ms"),
            Map.entry("max-in-flight", "3"),
            Map.entry("max-rows", "88"),
            Map.entry("output-order", "unordered"),
            Map.entry("cache-size", "3 mb"),
            Map.entry("batch-invariance", "relaxed"),
            Map.entry("precision", "int8"),
            Map.entry("graph-preparation", "as-shipped"),
            Map.entry("deadline", "9 s"),
            Map.entry("max-attempts", "2"),
            Map.entry("unavailable-timeout", "7 min"),
            Map.entry("on-bad-row", "null"),
            Map.entry("max-dead-letter-share", "0.25"),
            Map.entry("dead-letter-window", "44"),
            Map.entry("checkpoint-mode", "drain"),
            Map.entry("drain-timeout", "6 s"));
    InferenceSettings settings = InferenceSettings.from(Configuration.fromMap(given));
    assertThat(settings.accelerator()).isEqualTo("steered:x");
    assertThat(settings.model()).isEqualTo("some/folder");
    assertThat(settings.tokenBudget()).hasValue(77);
    assertThat(settings.batchRows()).isEqualTo(7);
    assertThat(settings.batchLatency()).isEqualTo(Duration.ofMillis(5));
    assertThat(settings.maxInFlight()).hasValue(3);
    assertThat(settings.maxRows()).isEqualTo(88);
    assertThat(settings.outputOrder()).isEqualTo(OutputOrder.UNORDERED);
    assertThat(settings.cacheSize()).isEqualTo(MemorySize.ofMebiBytes(3));
    assertThat(settings.sessionOptions())
        .isEqualTo(
            SessionOptions.defaults()
                .withBatchInvariance(BatchInvariance.RELAXED)
                .withPrecision(Precision.INT8)
                .withPreparation(GraphPreparation.AS_SHIPPED)
                .withDeadline(Duration.ofSeconds(9)));
    assertThat(settings.deadline()).isEqualTo(Duration.ofSeconds(9));
    assertThat(settings.maxAttempts()).isEqualTo(2);
    assertThat(settings.unavailableTimeout()).isEqualTo(Duration.ofMinutes(7));
    assertThat(settings.onBadRow()).isEqualTo(OnBadRow.NULL);
    assertThat(settings.maxDeadLetterShare()).isEqualTo(0.25);
    assertThat(settings.deadLetterWindow()).isEqualTo(44);
    assertThat(settings.checkpointMode()).isEqualTo(CheckpointMode.DRAIN);
    assertThat(settings.drainTimeout()).isEqualTo(Duration.ofSeconds(6));
    assertThat(given.keySet())
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
        InferenceSettings.from(
            Configuration.fromMap(
                Map.ofEntries(
                    Map.entry("accelerators", "gpu"),
                    Map.entry("model", "no-such-model"),
                    Map.entry("token-budget", "0"),
                    Map.entry("batch-rows", "0"),
                    Map.entry("batch-latency", "0 ms"),
                    Map.entry("max-in-flight", "-1"),
                    Map.entry("max-rows", "0"),
                    Map.entry("deadline", "0 s"),
                    Map.entry("max-attempts", "0"),
                    Map.entry("unavailable-timeout", "0 s"),
                    Map.entry("max-dead-letter-share", "1.5"),
                    Map.entry("dead-letter-window", "0"),
                    Map.entry("drain-timeout", "0 s"))));
    assertThat(wrong.problems())
        .extracting(OptionProblem::option, OptionProblem::value)
        .containsExactly(
            tuple("accelerators", "gpu"),
            tuple("model", "no-such-model"),
            tuple("token-budget", "0"),
            tuple("batch-rows", "0"),
            tuple("max-in-flight", "-1"),
            tuple("max-rows", "0"),
            tuple("max-attempts", "0"),
            tuple("dead-letter-window", "0"),
            tuple("max-dead-letter-share", "1.5"),
            tuple("batch-latency", "0 ms"),
            tuple("deadline", "0 ms"),
            tuple("unavailable-timeout", "0 ms"),
            tuple("drain-timeout", "0 ms"));
    assertThat(wrong.problems()).allSatisfy(problem -> assertThat(problem.remedy()).isNotBlank());
  }

  @Test
  void eachAcceleratorOfAPoolIsChecked() {
    Configuration config = new Configuration();
    config.setString("accelerators", "steered:a,steered:b?weight=2");
    assertThat(InferenceSettings.from(config).problems()).isEmpty();
    config.setString("accelerators", "steered:a,steered:b?weight=heavy");
    assertThat(InferenceSettings.from(config).problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.remedy()).contains("steered:b", "weight=heavy"));
    config.setString("accelerators", "steered:a,onyx:cpu");
    assertThat(InferenceSettings.from(config).problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.remedy()).contains("onyx", "sim", "steered"));
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
