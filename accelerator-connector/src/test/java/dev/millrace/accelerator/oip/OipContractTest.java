package dev.millrace.accelerator.oip;

import static java.util.Objects.requireNonNull;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ConnectorContract;
import dev.millrace.accelerator.servers.TestServer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** {@code oip+grpc} does what every connector does. */
class OipContractTest extends ConnectorContract {

  @TempDir static Path folder;
  private static @Nullable TestServer server;

  @BeforeAll
  static void start() {
    tiny(folder);
    server = TestServer.oip(folder.resolve("model.onnx"));
  }

  @AfterAll
  static void stop() {
    requireNonNull(server).close();
  }

  @Override
  protected AcceleratorUri accelerator() {
    return AcceleratorUri.parse("oip+grpc://" + requireNonNull(server).address() + "?model=tiny");
  }

  @Override
  protected Path modelFolder() {
    return folder;
  }
}
