package dev.millrace.jobs.lookup;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/**
 * The server of a look-up. Within a process all who lease the same look-up share one, so that it
 * outlasts a restart of the job where somebody else holds it, too.
 *
 * <p>Its threads are its own, two of them, and never wait. They read what the task has published
 * and never touch the task.
 */
public final class LookupServer implements Closeable {

  /** What the job does, as far as the look-up can see. */
  enum Phase {
    /** It has not begun, or begins again after a failure. */
    STARTING,
    RUNNING,
    /** All rows were read. */
    ENDED
  }

  private static final Logger LOG = LoggerFactory.getLogger(LookupServer.class);
  private static final int THREADS = 2;
  private static final int LONGEST_LINE = 8_192;
  private static final int MOST_HEADERS = 16_384;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration MOST_IDLE = Duration.ofSeconds(60);
  private static final Duration TO_END = Duration.ofSeconds(1);

  private static final Map<String, LookupServer> OPEN = new HashMap<>();

  private final LookupSettings settings;
  private final EventLoopGroup eventLoops;
  private final RateMeter rates;
  private final Disposable clock;
  private final DisposableServer server;
  private final LookupAddress address;
  private int leases;
  private volatile LookupStore store;
  private volatile Phase phase = Phase.STARTING;

  private LookupServer(LookupSettings settings) throws IOException {
    this.settings = settings;
    this.store = new LookupStore(settings.people());
    eventLoops =
        new MultiThreadIoEventLoopGroup(
            THREADS, new DefaultThreadFactory("millrace-look-up", true), NioIoHandler.newFactory());
    rates = new RateMeter();
    LookupRoutes routes = new LookupRoutes(settings.address(), this::stored, rates.stream());
    try {
      server =
          HttpServer.create()
              .host(settings.address().host())
              .port(settings.address().port())
              .runOn(eventLoops)
              .idleTimeout(MOST_IDLE)
              .requestTimeout(PATIENCE)
              .httpRequestDecoder(
                  spec -> spec.maxInitialLineLength(LONGEST_LINE).maxHeaderSize(MOST_HEADERS))
              .doOnConnection(new ConnectionLimit())
              .channelGroup(new DefaultChannelGroup(eventLoops.next()))
              .handle(routes::answer)
              .bindNow(PATIENCE);
    } catch (RuntimeException refused) {
      endThreads();
      throw noPlace(refused);
    }
    address = settings.address().at(server.port());
    LOG.info("The look-up listens at {}.", address);
    Scheduler timer = Schedulers.fromExecutorService(eventLoops);
    clock =
        Flux.interval(RateMeter.EVERY, timer)
            .onBackpressureDrop()
            .subscribe(tick -> rates.sample(store, phase));
  }

  /**
   * Ends what Reactor Netty has started of Reactor's own by making a server: a thread that would
   * keep the classes of a job that is over. Where Reactor is not the job's but the process', it
   * goes on.
   */
  static void releaseClasses() {
    if (Schedulers.class.getClassLoader() != ClassLoader.getSystemClassLoader()) {
      Schedulers.shutdownNow();
    }
  }

  private IOException noPlace(RuntimeException refused) {
    Throwable root = refused;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    // Without a cause: what a user reads is this message, not the one of what it follows from.
    IOException failed =
        new IOException(
            "The look-up cannot listen at "
                + settings.address()
                + ": "
                + root.getMessage()
                + ". Name another address, or port 0 for a free one.");
    failed.addSuppressed(refused);
    return failed;
  }

  /**
   * The server of a look-up, which listens from now on.
   *
   * @return a lease that the caller closes; the server ends with the last one
   * @throws IOException if it cannot listen there, with what to do
   */
  public static LookupServer lease(LookupSettings settings) throws IOException {
    synchronized (OPEN) {
      LookupServer open = OPEN.get(settings.id());
      if (open == null) {
        open = new LookupServer(settings);
        OPEN.put(settings.id(), open);
      }
      open.leases++;
      return open;
    }
  }

  /** Where it is, for a browser of this machine. */
  public String url() {
    return address.url();
  }

  /** Has it serve something else from now on. */
  void show(LookupStore next) {
    store = next;
    phase = Phase.RUNNING;
  }

  /** Says that nothing will be added any more. */
  void ended() {
    phase = Phase.ENDED;
  }

  /** What it serves now. */
  LookupStore stored() {
    return store;
  }

  /** Gives a lease back. */
  @Override
  public void close() {
    synchronized (OPEN) {
      if (phase == Phase.RUNNING) {
        phase = Phase.STARTING;
      }
      leases--;
      if (leases > 0) {
        return;
      }
      OPEN.remove(settings.id());
    }
    clock.dispose();
    rates.end();
    // Flink interrupts a task's thread that it cancels. Threads that stayed would keep the job's
    // classes.
    boolean interrupted = Thread.interrupted();
    try {
      server.disposeNow(TO_END);
    } catch (RuntimeException someRequestTakesLonger) {
      // It ends with the threads.
    } finally {
      endThreads();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Closes what is still open with them. */
  private void endThreads() {
    Objects.requireNonNull(
            eventLoops.shutdownGracefully(0, TO_END.toMillis(), TimeUnit.MILLISECONDS))
        .awaitUninterruptibly(PATIENCE.toMillis());
  }
}
