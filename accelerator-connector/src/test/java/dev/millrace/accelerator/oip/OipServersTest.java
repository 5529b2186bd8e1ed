package dev.millrace.accelerator.oip;

import static dev.millrace.accelerator.servers.Asking.ask;
import static dev.millrace.accelerator.servers.Asking.open;
import static dev.millrace.accelerator.servers.Asking.requireFailure;
import static dev.millrace.accelerator.servers.Asking.requireNoSession;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.BatchInvariance;
import dev.millrace.accelerator.ConnectorContract;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.servers.Certificates;
import dev.millrace.accelerator.servers.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ways in which servers of the protocol differ. */
class OipServersTest {

  private static final List<long[]> ROWS = List.of(new long[] {1, 2, 3}, new long[] {2});

  /** The mean of the table's rows 1, 2 and 3, and row 2; at length 1. */
  private static final float[][] VECTORS = {{0.381f, -0.254f, 0.889f}, {0.6f, -0.8f, 0}};

  @TempDir static Path folder;

  @BeforeAll
  static void write() {
    ConnectorContract.tiny(folder);
  }

  private static TestServer server(String... options) {
    return TestServer.oip(folder.resolve("model.onnx"), options);
  }

  private static String uri(TestServer server) {
    return "oip+grpc://" + server.address() + "?model=tiny";
  }

  private static void requireVectors(InferenceSession session, double tolerance) {
    List<float[]> vectors = ask(session, ROWS);
    for (int row = 0; row < ROWS.size(); row++) {
      for (int d = 0; d < 3; d++) {
        assertThat((double) vectors.get(row)[d])
            .as(Arrays.toString(vectors.get(row)))
            .isCloseTo(VECTORS[row][d], within(tolerance));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "type=FP16, ids=INT32, 0.002",
    "type=BF16, output=sentence_embedding, 0.02",
    "contents=yes, dimensions=open, 0.0001",
    "output=sentence_embedding, dimensions=open, 0.0001",
  })
  void speakInOtherTypes(String first, String second, double tolerance) {
    try (TestServer server = server(first, second);
        InferenceSession session = open(uri(server), folder)) {
      requireVectors(session, tolerance);
    }
  }

  @Test
  void takeTokensAndHeadersAndTokensChange(@TempDir Path secrets) throws IOException {
    Path token = Files.writeString(secrets.resolve("token"), "hare\n");
    try (TestServer server = server("token=hare")) {
      requireNoSession(
          uri(server), folder, Category.CONFIGURATION, "UNAUTHENTICATED", "token-env=VARIABLE");
      String named = uri(server) + "&token-file=" + token;
      try (InferenceSession session = open(named, folder)) {
        requireVectors(session, 1e-4);
        assertThat(session.toString()).doesNotContain("hare");
      }
      Files.writeString(token, "wrong");
      requireNoSession(named, folder, Category.CONFIGURATION, "UNAUTHENTICATED");
      Path headers =
          Files.writeString(secrets.resolve("headers"), "# ours\nAuthorization: Bearer hare\n");
      open(uri(server) + "&headers-file=" + headers, folder).close();
    }
  }

  @Test
  void proveWhoTheyAre(@TempDir Path keys) {
    Path good = Certificates.write(keys.resolve("good"), "dns:localhost,ip:127.0.0.1");
    Path other = Certificates.write(keys.resolve("other"), "dns:elsewhere.example");
    String ca = "&ca-file=";
    try (TestServer server = server("tls=" + good)) {
      String encrypted = uri(server).replace("oip+grpc:", "oip+grpcs:");
      try (InferenceSession session = open(encrypted + ca + good.resolve("cert.pem"), folder)) {
        requireVectors(session, 1e-4);
      }
      requireNoSession(encrypted, folder, Category.CONFIGURATION, "ca-file=FILE");
      requireNoSession(uri(server) + "&deadline=3s", folder, Category.UNAVAILABLE, "UNAVAILABLE");
    }
    try (TestServer server = server("tls=" + other)) {
      String trusted =
          uri(server).replace("oip+grpc:", "oip+grpcs:") + ca + other.resolve("cert.pem");
      requireNoSession(trusted, folder, Category.CONFIGURATION, "server-name=NAME");
      open(trusted + "&server-name=elsewhere.example", folder).close();
    }
  }

  @Test
  void runRowsAloneWhereCompanyChangesThem() {
    try (TestServer server = server("company=yes")) {
      try (InferenceSession session = open(uri(server), folder)) {
        assertThat(session.runsRowsAlone()).isTrue();
        assertThat(session.batchInvariant()).isTrue();
        requireVectors(session, 1e-4);
        server.fault("nan", 1);
        requireFailure(session, ROWS, Category.OUTPUT, "holds NaN");
        requireVectors(session, 1e-4);
      }
      try (InferenceSession session =
          open(
              uri(server),
              folder,
              SessionOptions.defaults().withBatchInvariance(BatchInvariance.RELAXED))) {
        assertThat(session.runsRowsAlone()).isFalse();
        assertThat(session.batchInvariant()).isFalse();
      }
    }
  }

  @Test
  void takeSmallMessagesOnly() {
    long[] longRow = new long[400];
    Arrays.fill(longRow, 1);
    try (TestServer server = server("largest=4000");
        InferenceSession session = open(uri(server), folder)) {
      requireFailure(
          session, List.of(longRow), Category.OUT_OF_MEMORY, "larger ones, or lower token-budget");
      requireVectors(session, 1e-4);
    }
  }

  @Test
  void haveAnotherModel() {
    try (TestServer server = server("name=somebody-elses")) {
      requireNoSession(uri(server), folder, Category.UNAVAILABLE, "is not ready", "model=NAME");
      requireNoSession(
          "oip+grpc://" + server.address() + "?model=somebody-elses&output=logits",
          folder,
          Category.CONFIGURATION,
          "it has no output logits that can be an embedding",
          "gives [last_hidden_state FP32[?, ?, 3]]",
          "Needed are the inputs input_ids and attention_mask");
    }
  }

  @Test
  void tellModelsApartByTheirMetadata() {
    try (TestServer one = server();
        TestServer same = server();
        TestServer other = server("type=FP16")) {
      assertThat(digest(one)).isEqualTo(digest(same)).isNotEqualTo(digest(other));
    }
  }

  private static String digest(TestServer server) {
    return Sessions.digest(
        AcceleratorUri.parse(uri(server)),
        Models.resolve(folder.toString()),
        SessionOptions.defaults());
  }

  @ParameterizedTest
  @CsvSource({
    "oip+grpc:localhost, 'Write host and port, as in oip+grpc://localhost:8001'",
    "oip+grpc://localhost:80010, 'Write host and port'",
    "oip+grpc://localhost:8001/v2, 'has the path /v2 after the port'",
    "oip+grpc://me:secret@localhost:8001, 'token-env=VARIABLE'",
    "oip+grpc://localhost:8001?in-flight=0, 'It must be a number from 1 to 1024'",
    "oip+grpc://localhost:8001?deadline=soon, 'Write a time such as 500ms, 30s or 2min'",
    "oip+grpc://localhost:8001?ca-file=x, 'is not encrypted'",
    "oip+grpcs://localhost:8001?ca-file=nowhere.pem, 'which cannot be read'",
    "oip+grpcs://localhost:8001?client-cert-file=pom.xml, 'Give both or none'",
    "oip+grpc://localhost:8001?token-env=NO_SUCH_VARIABLE, 'is not set in this process'",
    "oip+grpc://localhost:8001?token-file=nowhere, 'cannot be read'",
    "oip+grpc://localhost:8001?model=, 'has an empty model'",
  })
  void areNamedByUris(String uri, String message) {
    assertThatThrownBy(() -> Sessions.validate(AcceleratorUri.parse(uri)))
        .hasMessageContaining(message)
        .hasMessageNotContaining("secret@");
  }
}
