package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ConnectorContract;
import dev.millrace.accelerator.ModelTask;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A pool does what every connector does. */
class PoolContractTest extends ConnectorContract {

  @TempDir static Path folder;

  @BeforeAll
  static void write() {
    tiny(folder);
  }

  @Override
  protected AcceleratorUri accelerator() {
    return AcceleratorUri.parsePool("onnx:cpu,onnx:cpu?callers=1");
  }

  /** That of the device. */
  @Override
  protected String nameInFailures() {
    return "onnx:cpu";
  }

  @Override
  protected AcceleratorUri withUnknownParameter() {
    return AcceleratorUri.parsePool("onnx:cpu,onnx:cpu?speed=warp");
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
