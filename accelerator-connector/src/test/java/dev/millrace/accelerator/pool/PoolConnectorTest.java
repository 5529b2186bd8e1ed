package dev.millrace.accelerator.pool;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ConnectorContract;
import dev.millrace.accelerator.DeviceState;
import dev.millrace.accelerator.DeviceStatus;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.embedding.Likeness;
import dev.millrace.accelerator.onnx.ModelFolders;
import dev.millrace.accelerator.onnx.TokenBatches;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pool starts with what is there. */
class PoolConnectorTest {

  private static final String AWAY = "oip+grpc://127.0.0.1:1";
  private static final String AWAY_TOO = "openai+http://127.0.0.1:1/v1";
  private static final SessionOptions OPTIONS = SessionOptions.defaults();

  @TempDir Path folder;

  private Model model() {
    return Models.resolve(ConnectorContract.tiny(folder).toString());
  }

  @Test
  void serversThatAreAwayKeepNoJobFromStarting() {
    Model model = model();
    try (InferenceSession pool =
            Sessions.open(
                AcceleratorUri.parsePool("onnx:cpu," + AWAY + "," + AWAY_TOO), model, OPTIONS);
        MemoryScope scope = MemoryScope.open("pool test");
        ArrowBatch batch = TokenBatches.of(scope, List.of(new long[] {1, 2, 3}));
        ArrowBatch answer = requireNonNull(pool.infer(batch).block())) {
      assertThat(answer.rowCount()).isEqualTo(1);
      assertThat(pool.digest())
          .as("what the one that is there says, so that a job that starts anew has it again")
          .isEqualTo(Sessions.digest(AcceleratorUri.parse("onnx:cpu"), model, OPTIONS));
    }
  }

  @Test
  void withoutAnyItIsSaidWhyForEach() {
    Model model = model();
    assertThatThrownBy(
            () -> Sessions.digest(AcceleratorUri.parsePool(AWAY + "," + AWAY_TOO), model, OPTIONS))
        .isInstanceOfSatisfying(
            AcceleratorException.class,
            failure -> assertThat(failure.category()).isEqualTo(Category.UNAVAILABLE))
        .hasMessageContaining("No accelerator of the pool can be reached")
        .hasMessageContaining(AWAY)
        .hasMessageContaining(AWAY_TOO);
  }

  @Test
  void whatIsWrongWithOneIsSaidBeforeTheJobStarts() {
    Model model = model();
    assertThatThrownBy(
            () ->
                Sessions.digest(
                    AcceleratorUri.parsePool(
                        "onnx:cpu," + AWAY + "?token-env=MILLRACE_NO_SUCH_VARIABLE"),
                    model,
                    OPTIONS))
        .isInstanceOfSatisfying(
            AcceleratorException.class,
            failure -> assertThat(failure.category()).isEqualTo(Category.CONFIGURATION))
        .hasMessageContaining("MILLRACE_NO_SUCH_VARIABLE");
  }

  @Test
  void anHonestDeviceAgreesWithTheProcessor() {
    Model model = model();
    try (InferenceSession pool =
        Sessions.open(
            AcceleratorUri.parsePool("onnx:cpu?callers=1&known-answer=cpu"), model, OPTIONS)) {
      assertThat(pool.devices()).extracting(DeviceStatus::state).containsExactly(DeviceState.UP);
    }
  }

  @Test
  void aDeviceOfAnotherPrecisionAgreesWithTheProcessorNearlyEnough() {
    float[][] fp32 = known(Models.resolve(ModelFolders.fp32MiniLm(folder).toString()));
    float[][] int8 = known(Models.resolve("minilm"));
    assertThat(Likeness.OF_VECTORS.least(fp32, int8))
        .isGreaterThan(ProcessorAnswer.LEAST_IN_ANOTHER_PRECISION)
        .isLessThan(0.999);
  }

  private static float[][] known(Model model) {
    try (MemoryScope scope = MemoryScope.open("pool test");
        ArrowBatch input =
            CanaryInput.of(model, CanaryInput.vocabulary(model.tokenizerJson()), scope, false);
        InferenceSession session = Sessions.open(ProcessorAnswer.PROCESSOR, model, OPTIONS);
        ArrowBatch answer = requireNonNull(session.infer(input).block())) {
      return requireNonNull(Canary.vectorsOf(answer, model.task().column()));
    }
  }

  @Test
  void whatHasNoKnownAnswerIsSaidBeforeTheJobStarts() {
    AcceleratorUri elsewhere = AcceleratorUri.parsePool("sim:a?known-answer=elsewhere");
    assertThatThrownBy(() -> Sessions.validate(elsewhere))
        .hasMessageContaining("known-answer=elsewhere")
        .hasMessageContaining("devices")
        .hasMessageContaining("cpu");
  }
}
