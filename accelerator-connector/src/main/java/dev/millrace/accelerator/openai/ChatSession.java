package dev.millrace.accelerator.openai;

import static java.util.Objects.requireNonNull;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.Generator;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.generation.GeneratedAnswer;
import dev.millrace.accelerator.remote.Holds;
import dev.millrace.accelerator.remote.Places;
import dev.millrace.accelerator.remote.RemoteMono;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** A model that generates texts, at a server with OpenAI's routes: {@code /chat/completions}. */
final class ChatSession implements InferenceSession {

  private static final Logger LOG = LoggerFactory.getLogger(ChatSession.class);
  private static final String ROUTE = "/chat/completions";
  private static final String FIRST_PROMPT = "Hello";

  private final OpenAiServer server;
  private final ChatQuestion questions;
  private final String digest;
  private final MemoryScope scope;
  private final Places places;
  private final Holds life;
  private final LongAdder promptTokens = new LongAdder();
  private final LongAdder answerTokens = new LongAdder();

  private ChatSession(OpenAiServer server, ChatQuestion questions, String digest) {
    this.server = server;
    this.questions = questions;
    this.digest = digest;
    this.scope = MemoryScope.open("session " + server.uri() + " " + server.model().name());
    this.places = new Places(server.inFlight());
    this.life = new Holds(this::free);
  }

  static ChatSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    OpenAiServer server = new OpenAiServer(uri, model, options);
    try {
      String digest = ServedModel.of(server).digest();
      return new ChatSession(server, greet(server), digest);
    } catch (RuntimeException failure) {
      server.close();
      throw failure;
    }
  }

  /**
   * Asks for one token, as all will be asked for, so that what the server refuses of the settings
   * is told before the first row, and is not taken for the rows' fault. A server that does not know
   * how to count a streamed answer's tokens is not asked to.
   */
  private static ChatQuestion greet(OpenAiServer server) {
    Generator generator = requireNonNull(server.model().generator());
    ChatQuestion questions = new ChatQuestion(server.modelName(), generator, true);
    AcceleratorException refused = firstAnswer(server, questions);
    if (refused != null && generator.streamed()) {
      questions = new ChatQuestion(server.modelName(), generator, false);
      refused = firstAnswer(server, questions);
      if (refused == null) {
        LOG.warn(
            "{} does not tell the tokens of a streamed answer, so none are counted.",
            server.describe());
        return questions;
      }
    }
    if (refused != null) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          refused.getMessage()
              + " Look at the options that say how the model is asked, and whether the server has"
              + " them.",
          refused);
    }
    return questions;
  }

  /** What the server says against a first question; null if it answers. */
  private static @Nullable AcceleratorException firstAnswer(
      OpenAiServer server, ChatQuestion questions) {
    try {
      Object unused = ask(server, () -> body(questions, FIRST_PROMPT, 1), server.opening()).block();
      return null;
    } catch (RuntimeException thrown) {
      AcceleratorException failure =
          server.failure(server.describe() + " on a first prompt", thrown);
      if (failure.category() == Category.INPUT) {
        return failure;
      }
      throw failure;
    }
  }

  private static Mono<GeneratedAnswer> ask(
      OpenAiServer server, Supplier<ByteBuf> body, Duration limit) {
    return Mono.defer(
        () -> {
          // The question is written when it is sent, after any wait for a connection.
          long[] askedAt = {System.nanoTime()};
          return server.postForPieces(
              server.under(ROUTE),
              () -> {
                askedAt[0] = System.nanoTime();
                return body.get();
              },
              () -> new ChatReply(() -> System.nanoTime() - askedAt[0]),
              limit);
        });
  }

  private static ByteBuf body(ChatQuestion questions, String prompt, @Nullable Integer limit) {
    return questions.of(prompt, limit, PooledByteBufAllocator.DEFAULT);
  }

  /** Asks, when subscribed to. */
  Mono<GeneratedAnswer> ask(Supplier<ByteBuf> body) {
    return ask(server, body, server.deadline()).doOnNext(this::count);
  }

  private void count(GeneratedAnswer answer) {
    if (answer.promptTokens() != null) {
      promptTokens.add(answer.promptTokens());
    }
    if (answer.answerTokens() != null) {
      answerTokens.add(answer.answerTokens());
    }
  }

  /** The body for a prompt. The caller owns it. */
  ByteBuf question(String prompt, @Nullable Integer limit) {
    return body(questions, prompt, limit);
  }

  /** An exception for what the exchange about so many prompts threw. */
  AcceleratorException failure(int rows, Throwable thrown) {
    return server.failure(
        server.describe() + (rows == 1 ? " on a prompt" : " on " + rows + " prompts"), thrown);
  }

  MemoryScope scope() {
    return scope;
  }

  @Override
  public AcceleratorUri accelerator() {
    return server.uri();
  }

  @Override
  public Model model() {
    return server.model();
  }

  @Override
  public String digest() {
    return digest;
  }

  @Override
  public Signature signature() {
    List<Long> oneForEach = List.of(TensorSpec.FREE);
    return new Signature(
        List.of(new TensorSpec(TextColumns.PROMPT, ElementType.UTF8, oneForEach)),
        List.of(
            new TensorSpec(TextColumns.ANSWER, ElementType.UTF8, oneForEach),
            new TensorSpec(TextColumns.FINISH_REASON, ElementType.UTF8, oneForEach),
            new TensorSpec(TextColumns.PROMPT_TOKENS, ElementType.INT32, oneForEach),
            new TensorSpec(TextColumns.ANSWER_TOKENS, ElementType.INT32, oneForEach),
            new TensorSpec(TextColumns.FIRST_TOKEN_NANOS, ElementType.INT64, oneForEach)));
  }

  /** Each prompt is a request of its own; what the server runs together it alone knows. */
  @Override
  public boolean batchInvariant() {
    return true;
  }

  @Override
  public boolean runsRowsAlone() {
    return true;
  }

  @Override
  public boolean keepsDeadline() {
    return true;
  }

  @Override
  public int parallelism() {
    return server.inFlight();
  }

  @Override
  public Mono<ArrowBatch> infer(ArrowBatch batch) {
    return new RemoteMono(this, life, places, batch, own -> new ChatWork(this, own));
  }

  @Override
  public void close() {
    life.close();
  }

  private void free() {
    LOG.info(
        "{} has read {} tokens and written {}, by its own count.",
        this,
        promptTokens,
        answerTokens);
    server.close();
    scope.close();
  }

  @Override
  public String toString() {
    return "The session of " + server.describe();
  }
}
