package dev.millrace.accelerator.oip;

import static java.util.Objects.requireNonNull;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ConnectorContract;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.servers.TestServer;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** {@code oip+grpc} does what every connector does. */
class OipContractTest extends ConnectorContract {

  private static final Map<ModelTask, TestServer> SERVERS = new EnumMap<>(ModelTask.class);

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
    SERVERS.values().forEach(TestServer::close);
    SERVERS.clear();
  }

  @Override
  protected AcceleratorUri accelerator() {
    return AcceleratorUri.parse("oip+grpc://" + requireNonNull(server).address() + "?model=tiny");
  }

  @Override
  protected @Nullable AcceleratorUri acceleratorFor(ModelTask task) {
    if (task == ModelTask.GENERATION) {
      return null;
    }
    return task == ModelTask.EMBEDDING
        ? accelerator()
        : AcceleratorUri.parse(
            "oip+grpc://"
                + SERVERS.computeIfAbsent(task, OipContractTest::serve).address()
                + "?model=tiny"
                + (task == ModelTask.TOKEN_CLASSIFICATION ? "&output=token_logits" : ""));
  }

  private static TestServer serve(ModelTask task) {
    String how =
        switch (task) {
          case CLASSIFICATION -> "output=logits";
          case TOKEN_CLASSIFICATION -> "output=token_logits";
          default -> "raw=yes";
        };
    return TestServer.oip(folderOf(task).resolve("model.onnx"), how, "dimensions=open");
  }

  @Override
  protected Path modelFolder() {
    return folder;
  }
}
