package dev.millrace.accelerator.openai;

import static java.util.Objects.requireNonNull;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ConnectorContract;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.servers.TestServer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** {@code openai+http} does what every connector does. */
class OpenAiContractTest extends ConnectorContract {

  @TempDir static Path folder;
  private static @Nullable TestServer server;
  private static @Nullable TestServer scorer;

  @BeforeAll
  static void start() {
    tiny(folder);
    server = TestServer.openAi(folder.resolve("model.onnx"));
  }

  @AfterAll
  static void stop() {
    requireNonNull(server).close();
    if (scorer != null) {
      scorer.close();
    }
    scorer = null;
  }

  @Override
  protected AcceleratorUri accelerator() {
    return AcceleratorUri.parse(
        "openai+http://" + requireNonNull(server).address() + "/v1?model=tiny");
  }

  @Override
  protected @Nullable AcceleratorUri acceleratorFor(ModelTask task) {
    if (task == ModelTask.CLASSIFICATION && scorer == null) {
      scorer =
          TestServer.openAi(
              folderOf(task).resolve("model.onnx"), "labels=" + String.join(",", LABELS));
    }
    return switch (task) {
      case EMBEDDING -> accelerator();
      // The same server chats, by reversing what it is told.
      case GENERATION -> accelerator();
      case CLASSIFICATION ->
          AcceleratorUri.parse(
              "openai+http://" + requireNonNull(scorer).address() + "/v1?model=tiny");
      case TOKEN_CLASSIFICATION, RAW -> null;
    };
  }

  @Override
  protected Path modelFolder() {
    return folder;
  }
}
