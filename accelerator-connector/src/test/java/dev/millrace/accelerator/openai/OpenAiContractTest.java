package dev.millrace.accelerator.openai;

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

/** {@code openai+http} does what every connector does. */
class OpenAiContractTest extends ConnectorContract {

  @TempDir static Path folder;
  private static @Nullable TestServer server;
  private static final Map<ModelTask, TestServer> SCORERS = new EnumMap<>(ModelTask.class);

  @BeforeAll
  static void start() {
    tiny(folder);
    server = TestServer.openAi(folder.resolve("model.onnx"));
  }

  @AfterAll
  static void stop() {
    requireNonNull(server).close();
    SCORERS.values().forEach(TestServer::close);
    SCORERS.clear();
  }

  @Override
  protected AcceleratorUri accelerator() {
    return AcceleratorUri.parse(
        "openai+http://" + requireNonNull(server).address() + "/v1?model=tiny");
  }

  @Override
  protected @Nullable AcceleratorUri acceleratorFor(ModelTask task) {
    return switch (task) {
      case EMBEDDING -> accelerator();
      // The same server chats, by reversing what it is told.
      case GENERATION -> accelerator();
      case CLASSIFICATION, TOKEN_CLASSIFICATION -> {
        TestServer scorer = SCORERS.computeIfAbsent(task, this::scorer);
        yield AcceleratorUri.parse("openai+http://" + scorer.address() + "/v1?model=tiny");
      }
      case RAW -> null;
    };
  }

  private TestServer scorer(ModelTask task) {
    return TestServer.openAi(
        folderOf(task).resolve("model.onnx"),
        "labels=" + String.join(",", LABELS),
        "pooling=/pooling");
  }

  @Override
  protected Path modelFolder() {
    return folder;
  }
}
