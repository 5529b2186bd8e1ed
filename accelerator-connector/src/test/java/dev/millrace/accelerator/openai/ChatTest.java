package dev.millrace.accelerator.openai;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.Generator;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.generation.AnswerColumns;
import dev.millrace.accelerator.generation.GeneratedAnswer;
import dev.millrace.accelerator.generation.PromptRows;
import dev.millrace.accelerator.servers.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

/** Prompts and their answers, by a server in another process, well and while it fails. */
class ChatTest {

  private static final String PROMPT = "one two \u00fcber \ud83d\ude00 five";
  private static final String ANSWER = "five \ud83d\ude00 \u00fcber two one";
  @TempDir static Path secrets;
  private static @Nullable TestServer started;
  private static @Nullable Path key;

  private final TestServer server = requireNonNull(started);
  private final MemoryScope scope = MemoryScope.open("test");

  @BeforeAll
  static void start() throws IOException {
    key = Files.writeString(secrets.resolve("key"), "s3cret");
    started = TestServer.chat("name=org/tiny", "context=50", "token=s3cret");
  }

  @AfterAll
  static void stop() {
    requireNonNull(started).close();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private InferenceSession open(Generator generator) {
    return open(generator, 1800);
  }

  private InferenceSession open(Generator generator, int deadlineMillis) {
    return open(
        server, "&token-file=" + key + "&deadline=" + deadlineMillis + "ms", "org/tiny", generator);
  }

  private static InferenceSession open(
      TestServer at, String parameters, String model, Generator generator) {
    return Sessions.open(
        AcceleratorUri.parse(
            "openai+http://" + at.address() + "/v1" + parameters.replaceFirst("&", "?")),
        Models.generating(model, generator),
        SessionOptions.defaults());
  }

  private static Generator generator(boolean streamed) {
    return new Generator(null, null, null, null, streamed, null);
  }

  private GeneratedAnswer ask(InferenceSession session, String prompt) {
    try (ArrowBatch batch = PromptRows.of(scope, prompt);
        ArrowBatch answer = requireNonNull(session.infer(batch).block())) {
      return AnswerColumns.read(answer, 0);
    }
  }

  private void requireFailure(
      InferenceSession session, String prompt, Category category, String message) {
    assertThatThrownBy(() -> ask(session, prompt))
        .isInstanceOfSatisfying(
            AcceleratorException.class,
            failure -> assertThat(failure.category()).as(failure.toString()).isEqualTo(category))
        .hasMessageContaining(message)
        .hasMessageNotContaining("s3cret");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPromptIsAnsweredAndItsTokensAreCounted(boolean streamed) {
    try (InferenceSession session = open(generator(streamed))) {
      GeneratedAnswer answer = ask(session, PROMPT);
      assertThat(answer.text()).isEqualTo(ANSWER);
      assertThat(answer.finishReason()).isEqualTo("stop");
      assertThat(answer.promptTokens()).isEqualTo(5);
      assertThat(answer.answerTokens()).isEqualTo(5);
      if (streamed) {
        assertThat(answer.firstTokenNanos()).isBetween(1L, TimeUnit.SECONDS.toNanos(2));
      } else {
        assertThat(answer.firstTokenNanos()).isNull();
      }
      assertThat(session.digest()).hasSize(64);
    }
  }

  @Test
  void whatIsAskedOfTheModelReachesIt() {
    Generator generator =
        new Generator("Be \"short\"", 3, 0.5, null, true, "{\"top_p\": 0.9, \"seed\": 7}");
    try (InferenceSession session = open(generator)) {
      GeneratedAnswer answer = ask(session, PROMPT);
      assertThat(answer.text()).isEqualTo("[Be \"short\"] five \ud83d\ude00");
      assertThat(answer.finishReason()).isEqualTo("length");
      assertThat(ask(session, "a forbidden word").finishReason()).isEqualTo("content_filter");
    }
    Generator withSchema =
        new Generator(
            null,
            null,
            null,
            "{\"type\": \"object\", \"properties\": {\"n\": {\"type\": \"integer\"}}}",
            true,
            null);
    try (InferenceSession session = open(withSchema)) {
      assertThat(ask(session, PROMPT).text()).isEqualTo("{\"n\":5}");
    }
    assertThat(Models.generating("m", generator).digest())
        .isNotEqualTo(Models.generating("m", withSchema).digest())
        .isNotEqualTo(Models.generating("n", generator).digest());
  }

  @Test
  void severalPromptsOfABatchAreSeveralRequests() {
    int before = server.count("/v1/chat/completions");
    try (InferenceSession session = open(Generator.defaults());
        ArrowBatch batch = PromptRows.of(scope, "a b", "c", "d e f");
        ArrowBatch answers = requireNonNull(session.infer(batch).block())) {
      assertThat(AnswerColumns.read(answers, 0).text()).isEqualTo("b a");
      assertThat(AnswerColumns.read(answers, 2).text()).isEqualTo("f e d");
      assertThat(answers.column(TextColumns.PROMPT)).isNotNull();
    }
    // The first is the session's own.
    assertThat(server.count("/v1/chat/completions") - before).isEqualTo(4);
  }

  @Test
  void aPromptThatIsTooLongIsTheRowsFault() {
    try (InferenceSession session = open(Generator.defaults())) {
      requireFailure(
          session, "word ".repeat(51), Category.INPUT, "This model's maximum context length is 50");
      assertThat(ask(session, PROMPT).text()).isEqualTo(ANSWER);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cut, OUTPUT, the answer was cut off after 7 characters",
    "unended, OUTPUT, the answer was cut off after 7 characters",
    "malformed answer, OUTPUT, the answer is no JSON",
    "failing, DEVICE, the engine is dead",
    "status 500, DEVICE, as the test asked",
    "status 404, MODEL, as the test asked",
    "late, TIMEOUT, did not answer within 600 ms",
    "endless, INPUT, the answer was not at its end after 600 ms",
  })
  void aFailureSaysWhoseItIsAndTheSessionGoesOn(String fault, Category category, String message) {
    try (InferenceSession session = open(Generator.defaults(), 600)) {
      server.fault(fault, 1);
      requireFailure(session, PROMPT, category, message);
      assertThat(ask(session, PROMPT).text()).isEqualTo(ANSWER);
    }
  }

  @Test
  void aServerThatWantsNoneForNowIsAskedWhenItWants() {
    try (InferenceSession session = open(Generator.defaults())) {
      server.fault("busy", 1);
      long before = System.nanoTime();
      assertThat(ask(session, PROMPT).text()).isEqualTo(ANSWER);
      assertThat(Duration.ofNanos(System.nanoTime() - before))
          .isGreaterThan(Duration.ofMillis(990));
    }
  }

  @Test
  void whatTheServerDoesNotKnowIsToldBeforeTheFirstRow() {
    try (TestServer other = TestServer.chat("usage=no", "schemas=no")) {
      try (InferenceSession session = open(other, "", "tiny", Generator.defaults())) {
        GeneratedAnswer answer = ask(session, PROMPT);
        assertThat(answer.text()).isEqualTo(ANSWER);
        assertThat(answer.promptTokens()).isNull();
        assertThat(answer.firstTokenNanos()).isNotNull();
      }
      assertThatThrownBy(
              () ->
                  open(
                      other,
                      "",
                      "tiny",
                      new Generator(null, null, null, "{\"type\": \"object\"}", true, null)))
          .isInstanceOf(AcceleratorException.class)
          .hasMessageContaining("on a first prompt failed with HTTP status 400")
          .hasMessageContaining("response_format is not known");
      assertThatThrownBy(() -> open(other, "", "other", Generator.defaults()))
          .hasMessageContaining("has no model 'other'. It has [tiny]");
    }
  }

  @Test
  void aPromptThatNobodyWaitsForIsGivenUp() {
    try (TestServer slow = TestServer.chat("millis=40");
        InferenceSession session = open(slow, "&in-flight=1", "tiny", Generator.defaults())) {
      try (ArrowBatch batch = PromptRows.of(scope, "word ".repeat(1000))) {
        Disposable asked = session.infer(batch).subscribe(ArrowBatch::close);
        await().until(() -> slow.count("/v1/chat/completions") == 2);
        asked.dispose();
      }
      assertThat(ask(session, PROMPT).text()).isEqualTo(ANSWER);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"onnx:cpu", "oip+grpc://127.0.0.1:1", "onnx:cpu,sim:a"})
  void whatCannotGenerateSaysSo(String accelerators) {
    AcceleratorUri uri = AcceleratorUri.parsePool(accelerators);
    assertThatThrownBy(() -> Sessions.validate(uri, Models.generating("m", Generator.defaults())))
        .hasMessageContaining("cannot run the model 'm', which is for generation")
        .hasMessageContaining("The schemes that can are [openai+http, openai+https, sim]");
  }
}
