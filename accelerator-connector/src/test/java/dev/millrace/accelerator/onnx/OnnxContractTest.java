package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ConnectorContract;
import dev.millrace.accelerator.ModelTask;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** {@code onnx:cpu} does what every connector does. */
class OnnxContractTest extends ConnectorContract {

  @TempDir static Path folder;

  @BeforeAll
  static void write() {
    tiny(folder);
  }

  @Override
  protected AcceleratorUri accelerator() {
    return AcceleratorUri.parse("onnx:cpu");
  }

  @Override
  protected @Nullable AcceleratorUri acceleratorFor(ModelTask task) {
    return task == ModelTask.GENERATION ? null : accelerator();
  }

  @Override
  protected Path modelFolder() {
    return folder;
  }
}
