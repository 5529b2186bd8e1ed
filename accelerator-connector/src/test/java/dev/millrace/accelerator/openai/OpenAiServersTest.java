package dev.millrace.accelerator.openai;

import static dev.millrace.accelerator.servers.Asking.ask;
import static dev.millrace.accelerator.servers.Asking.open;
import static dev.millrace.accelerator.servers.Asking.requireNoSession;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ConnectorContract;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.servers.Certificates;
import dev.millrace.accelerator.servers.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The ways in which servers of these routes differ. */
class OpenAiServersTest {

  @TempDir static Path folder;

  @BeforeAll
  static void write() {
    ConnectorContract.tiny(folder);
  }

  private static TestServer server(String... options) {
    return TestServer.openAi(folder.resolve("model.onnx"), options);
  }

  private static String uri(TestServer server) {
    return "openai+http://" + server.address() + "/v1?model=tiny";
  }

  private static void requireVectors(InferenceSession session) {
    assertThat((double) ask(session, List.of(new long[] {1}, new long[] {2})).get(1)[1])
        .isCloseTo(-0.8, within(1e-5));
  }

  @ParameterizedTest
  @ValueSource(strings = {"base64=yes", "base64=no", "base64=ignored"})
  void knowBase64OrNot(String option) {
    try (TestServer server = server(option);
        InferenceSession session = open(uri(server), folder)) {
      requireVectors(session);
    }
  }

  @Test
  void askForAKey(@TempDir Path secrets) throws IOException {
    Path key = Files.writeString(secrets.resolve("key"), "sk-hare");
    try (TestServer server = server("token=sk-hare")) {
      requireNoSession(
          uri(server), folder, Category.CONFIGURATION, "HTTP status 401", "token-env=VARIABLE");
      try (InferenceSession session = open(uri(server) + "&token-file=" + key, folder)) {
        requireVectors(session);
        assertThat(session.toString()).doesNotContain("sk-hare");
      }
    }
  }

  @Test
  void proveWhoTheyAre(@TempDir Path keys) {
    Path good = Certificates.write(keys.resolve("good"), "dns:localhost,ip:127.0.0.1");
    Path other = Certificates.write(keys.resolve("other"), "dns:elsewhere.example");
    try (TestServer server = server("tls=" + good)) {
      String encrypted =
          uri(server).replace("openai+http:", "openai+https:").replace("127.0.0.1", "localhost");
      try (InferenceSession session =
          open(encrypted + "&ca-file=" + good.resolve("cert.pem"), folder)) {
        requireVectors(session);
      }
      requireNoSession(encrypted, folder, Category.CONFIGURATION, "ca-file=FILE");
      requireNoSession(uri(server), folder, Category.UNAVAILABLE, "failed with");
    }
    try (TestServer server = server("tls=" + other)) {
      String trusted =
          uri(server).replace("openai+http:", "openai+https:")
              + "&ca-file="
              + other.resolve("cert.pem");
      requireNoSession(trusted, folder, Category.CONFIGURATION, "server-name=NAME");
      open(trusted + "&server-name=elsewhere.example", folder).close();
    }
  }

  @Test
  void haveAnotherModel() {
    try (TestServer server = server("name=qwen3")) {
      requireNoSession(
          uri(server), folder, Category.MODEL, "has no model 'tiny'. It has [qwen3]", "model=NAME");
      requireNoSession(
          uri(server).replace("/v1", "/v2"), folder, Category.MODEL, "HTTP status 404");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "openai+http://localhost:8000, 'as in openai+http://localhost:8000/v1'",
    "openai+http://localhost/v1, 'Write host and port'",
    "openai+http://:sk-secret@localhost:8000/v1, 'token-env=VARIABLE'",
    "openai+http://localhost:8000/v1?encoding=base64, 'has no parameter encoding. It takes'",
  })
  void areNamedByUris(String uri, String message) {
    assertThatThrownBy(() -> Sessions.validate(AcceleratorUri.parse(uri)))
        .hasMessageContaining(message)
        .hasMessageNotContaining("sk-secret");
  }
}
