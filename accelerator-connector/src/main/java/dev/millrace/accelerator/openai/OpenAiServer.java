package dev.millrace.accelerator.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.remote.RemoteThreads;
import dev.millrace.accelerator.remote.Tls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.ByteBufFlux;
import reactor.netty.ByteBufMono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.util.retry.Retry;

/** A server and the model at it: the connections, and how a question becomes an answer. */
final class OpenAiServer implements AutoCloseable {

  /** What is made of an answer's bytes; called on a thread of the network. */
  interface Reader<T> {
    T read(ByteBuf bytes) throws IOException;
  }

  /** Reads an answer in pieces, as they come; called on threads of the network, one by one. */
  interface PieceReader<T> {
    void read(ByteBuf piece) throws IOException;

    /** The whole; all pieces have come. */
    T end() throws IOException;

    /** Whether any has come. */
    boolean hasBegun();

    /** What there was of an answer that has no end, for messages. */
    String describe();
  }

  /** Servers' own pause is five seconds at times: a connection must not be used as it closes. */
  private static final Duration MOST_IDLE = Duration.ofSeconds(4);

  /** For what comes before work: connecting takes longer than a batch. */
  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(20);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final int MOST_DOUBLINGS = 6;

  /** An answer of which something came in the last quarter of its time is still being written. */
  private static final int PART_OF_THE_LIMIT = 4;

  private static final int MOST_TEXT = 500;

  private final AcceleratorUri uri;
  private final Model model;
  private final OpenAiSettings settings;
  private final Duration deadline;
  private final RateLimit rate = new RateLimit();
  private final EventLoopGroup eventLoops;
  private final Scheduler timer;
  private final ConnectionProvider connections;
  private final HttpClient client;

  OpenAiServer(AcceleratorUri uri, Model model, SessionOptions options) {
    this.uri = uri;
    this.model = model;
    this.settings = OpenAiSettings.of(uri);
    this.deadline = settings.deadline(options);
    SslContext tls = tls(settings.tls());
    eventLoops =
        new MultiThreadIoEventLoopGroup(
            Math.min(inFlight(), Runtime.getRuntime().availableProcessors()),
            RemoteThreads.named(uri + " " + model.name()),
            NioIoHandler.newFactory());
    timer = Schedulers.fromExecutorService(eventLoops);
    connections =
        ConnectionProvider.builder("millrace")
            .maxConnections(inFlight())
            .pendingAcquireMaxCount(-1)
            .pendingAcquireTimeout(deadline)
            .maxIdleTime(MOST_IDLE)
            .build();
    client = client(tls);
  }

  private static @Nullable SslContext tls(@Nullable Tls tls) {
    try {
      return tls == null ? null : tls.context().build();
    } catch (SSLException | IllegalArgumentException refused) {
      throw Tls.failed(refused);
    }
  }

  private HttpClient client(@Nullable SslContext context) {
    HttpClient plain =
        HttpClient.create(connections)
            .runOn(eventLoops)
            .host(settings.endpoint().host())
            .port(settings.endpoint().port())
            // The platform's, which knows what the machine's own names are.
            .resolver(DefaultAddressResolverGroup.INSTANCE)
            .proxyWithSystemProperties()
            .followRedirect(false)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT_TIMEOUT.toMillis())
            .headers(headers -> headers.set("user-agent", "millrace"));
    Tls tls = settings.tls();
    if (context == null || tls == null) {
      return plain;
    }
    String name = tls.serverName() == null ? settings.endpoint().host() : tls.serverName();
    return plain.secure(
        spec ->
            spec.sslContext(context)
                .handlerConfigurator(
                    handler -> {
                      SSLParameters parameters = handler.engine().getSSLParameters();
                      parameters.setEndpointIdentificationAlgorithm("HTTPS");
                      handler.engine().setSSLParameters(parameters);
                    })
                .serverNames(new SNIHostName(name)));
  }

  /** Requests at the server at once. */
  int inFlight() {
    return settings.inFlight(model.task());
  }

  Model model() {
    return model;
  }

  AcceleratorUri uri() {
    return uri;
  }

  /** How long one batch may take. */
  Duration deadline() {
    return deadline;
  }

  /** What the model is called there. */
  String modelName() {
    return settings.modelName(model);
  }

  /** For messages. */
  String describe() {
    return uri + " with the model '" + modelName() + "'";
  }

  OpenAiSettings settings() {
    return settings;
  }

  /** The path of a route, such as {@code /v1/embeddings}. */
  String under(String route) {
    return settings.endpoint().path() + route;
  }

  /**
   * The paths that a route may have which OpenAI does not have: where its own are, and without the
   * version before it, as in {@code /v1/classify} and {@code /classify}.
   */
  List<String> places(String route) {
    String path = settings.endpoint().path();
    String above = path.replaceFirst("/v\\d+$", "");
    return above.equals(path) ? List.of(path + route) : List.of(path + route, above + route);
  }

  /** Writes what the rows of a question are: their tokens, or their texts. */
  void writeInput(JsonGenerator json, QuestionRows rows) throws IOException {
    if (settings.sendsTexts()) {
      JsonBody.texts(json, "input", rows.requireTexts());
    } else {
      JsonBody.tokens(json, "input", rows.tokens());
    }
  }

  /** An exception for what an exchange threw. */
  AcceleratorException failure(String what, Throwable thrown) {
    return OpenAiErrors.of(what, thrown, settings.credentials());
  }

  /**
   * Posts a question to a path, when subscribed to. A server that wants none for now ({@code 429},
   * or {@code 503} with {@code retry-after}) is asked again when it wants, within the deadline.
   *
   * @param body made anew for each try; JSON, which the connection then owns
   */
  <T> Mono<T> post(String path, Supplier<ByteBuf> body, Reader<T> reader) {
    return post(path, body, reader, deadline);
  }

  /** The same for a first question, for which there is more time. */
  <T> Mono<T> postFirst(String path, Supplier<ByteBuf> body, Reader<T> reader) {
    return post(path, body, reader, opening());
  }

  /**
   * Posts a question whose answer is read in pieces, when subscribed to. It is asked again as by
   * {@link #post}.
   *
   * @param reader made anew for each try
   * @param limit how long it may take
   */
  <T> Mono<T> postForPieces(
      String path, Supplier<ByteBuf> body, Supplier<PieceReader<T>> reader, Duration limit) {
    Flight flight = new Flight();
    Mono<T> once =
        Mono.defer(
            () -> {
              PieceReader<T> own = reader.get();
              flight.reader = own;
              return question(path, body)
                  .response((response, bytes) -> pieces(response, bytes, own, flight))
                  .single();
            });
    return within(once, limit).onErrorMap(failure -> cutOff(failure, flight, limit));
  }

  /** How long a first question may take. */
  Duration opening() {
    return deadline.compareTo(LEAST_PATIENCE) > 0 ? deadline : LEAST_PATIENCE;
  }

  private <T> Mono<T> post(String path, Supplier<ByteBuf> body, Reader<T> reader, Duration limit) {
    Mono<T> once =
        Mono.defer(
            () ->
                question(path, body)
                    .responseSingle((response, bytes) -> answer(response, bytes, reader)));
    return within(once, limit);
  }

  private HttpClient.ResponseReceiver<?> question(String path, Supplier<ByteBuf> body) {
    return request()
        .headers(headers -> headers.set("content-type", "application/json"))
        .post()
        .uri(path)
        .send(Mono.fromSupplier(body));
  }

  /** Gets an answer, when subscribed to, with the patience that there is for a first question. */
  <T> Mono<T> get(String route, Reader<T> reader) {
    return within(
        Mono.defer(
            () ->
                request()
                    .get()
                    .uri(settings.endpoint().path() + route)
                    .responseSingle((response, bytes) -> answer(response, bytes, reader))),
        opening());
  }

  private HttpClient request() {
    return client.headers(headers -> settings.credentials().headers().forEach(headers::set));
  }

  private <T> Mono<T> within(Mono<T> once, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    return Mono.defer(
            () -> {
              Duration pause = rate.pause();
              return pause.isZero() ? once : Mono.delay(pause, timer).then(once);
            })
        .retryWhen(
            Retry.from(
                signals ->
                    signals.concatMap(
                        signal -> {
                          Duration pause = pauseAfter(signal.failure(), signal.totalRetries());
                          if (pause == null || System.nanoTime() + pause.toNanos() > end) {
                            return Mono.error(signal.failure());
                          }
                          rate.obey(pause);
                          return Mono.just(pause);
                        })))
        .timeout(limit, Mono.error(() -> new TimeoutException(limit.toMillis() + " ms")), timer);
  }

  /** How long to wait before the same question again; null if it is not to be asked again. */
  private static @Nullable Duration pauseAfter(Throwable failure, long triesBefore) {
    if (!(failure instanceof RefusedException refused)
        || (refused.status() != 429 && refused.status() != 503)) {
      return null;
    }
    Duration asked = refused.retryAfter();
    if (asked != null || refused.status() == 503) {
      return asked;
    }
    return FIRST_PAUSE.multipliedBy(1L << Math.min(triesBefore, MOST_DOUBLINGS));
  }

  private static <T> Mono<T> answer(
      HttpClientResponse response, ByteBufMono bytes, Reader<T> reader) {
    int status = response.status().code();
    if (status == 200) {
      return bytes
          .<T>handle(
              (buffer, sink) -> {
                try {
                  sink.next(reader.read(buffer));
                } catch (IOException | RuntimeException failure) {
                  sink.error(unreadable(failure));
                }
              })
          .switchIfEmpty(Mono.error(() -> new RefusedException(status, "no content", null)));
    }
    return refusal(response, bytes);
  }

  private static <T> Mono<T> pieces(
      HttpClientResponse response, ByteBufFlux bytes, PieceReader<T> reader, Flight flight) {
    if (response.status().code() != 200) {
      return refusal(response, bytes.aggregate());
    }
    return bytes
        .<T>handle(
            (piece, sink) -> {
              flight.lastPieceAt = System.nanoTime();
              try {
                reader.read(piece);
              } catch (IOException | RuntimeException failure) {
                sink.error(unreadable(failure));
              }
            })
        .then(
            Mono.defer(
                () -> {
                  try {
                    return Mono.just(reader.end());
                  } catch (IOException | RuntimeException failure) {
                    return Mono.error(unreadable(failure));
                  }
                }));
  }

  private static Throwable unreadable(Exception failure) {
    return failure instanceof JsonProcessingException malformed
        ? new AcceleratorException(
            Category.OUTPUT, "the answer is no JSON: " + malformed.getOriginalMessage(), malformed)
        : failure;
  }

  /**
   * An answer that had begun is told from one that had not: the server took the work, and may do so
   * again and again with an answer that never ends.
   */
  private static Throwable cutOff(Throwable failure, Flight flight, Duration limit) {
    PieceReader<?> reader = flight.reader;
    if (reader == null || !reader.hasBegun()) {
      return failure;
    }
    if (failure instanceof IOException) {
      return new AcceleratorException(
          Category.OUTPUT,
          "the answer was cut off after " + reader.describe() + ": " + failure + ".",
          failure);
    }
    boolean flows = System.nanoTime() - flight.lastPieceAt < limit.toNanos() / PART_OF_THE_LIMIT;
    if (failure instanceof TimeoutException && flows) {
      return new AcceleratorException(
          Category.INPUT,
          "the answer was not at its end after "
              + limit.toMillis()
              + " ms, with "
              + reader.describe()
              + " and more to come. Limit its tokens, or allow more time.",
          failure);
    }
    return failure;
  }

  private static <T> Mono<T> refusal(HttpClientResponse response, ByteBufMono bytes) {
    int status = response.status().code();
    Duration retryAfter = RetryAfter.of(response.responseHeaders().get("retry-after"));
    return bytes
        .asString(StandardCharsets.UTF_8)
        .defaultIfEmpty("")
        .flatMap(text -> Mono.error(new RefusedException(status, shorten(text), retryAfter)));
  }

  /** What is known of a question on its way. */
  private static final class Flight {
    volatile @Nullable PieceReader<?> reader;
    volatile long lastPieceAt;
  }

  private static String shorten(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    return line.length() <= MOST_TEXT ? line : line.substring(0, MOST_TEXT) + "…";
  }

  /** Ends what is under way. Does not wait. */
  @Override
  public void close() {
    connections.dispose();
    var unused = eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
