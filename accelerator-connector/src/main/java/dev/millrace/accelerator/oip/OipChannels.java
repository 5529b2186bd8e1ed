package dev.millrace.accelerator.oip;

import dev.millrace.accelerator.remote.Endpoint;
import dev.millrace.accelerator.remote.RemoteThreads;
import dev.millrace.accelerator.remote.Tls;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;

/**
 * The connections to one server, over which calls are shared out in turn, with threads of their
 * own. They connect when they are first used, and again when they broke.
 */
final class OipChannels implements AutoCloseable {

  /** More than one connection's bandwidth times its delay, so that large answers come at once. */
  private static final int WINDOW_BYTES = 4 << 20;

  private final List<ManagedChannel> channels = new ArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();
  private final EventLoopGroup eventLoops;
  private final ThreadPoolExecutor executor;

  OipChannels(OipSettings settings, String session) {
    int threads = Math.min(settings.inFlight(), Runtime.getRuntime().availableProcessors());
    eventLoops =
        new MultiThreadIoEventLoopGroup(
            Math.min(settings.connections(), threads),
            RemoteThreads.named(session + " network"),
            NioIoHandler.newFactory());
    // What is made of an answer is computed here, so that the network goes on meanwhile.
    executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            RemoteThreads.named(session));
    executor.allowCoreThreadTimeOut(true);
    boolean done = false;
    try {
      for (int i = 0; i < settings.connections(); i++) {
        channels.add(channel(settings));
      }
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  private ManagedChannel channel(OipSettings settings) {
    Endpoint endpoint = settings.endpoint();
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
            .eventLoopGroup(eventLoops)
            .channelType(NioSocketChannel.class)
            .executor(executor)
            .userAgent("millrace")
            // A call that failed is tried again by whoever sent the batch, elsewhere if need be.
            .disableRetry()
            .initialFlowControlWindow(WINDOW_BYTES)
            .maxInboundMessageSize(Integer.MAX_VALUE);
    Tls tls = settings.tls();
    if (tls == null) {
      return builder.usePlaintext().build();
    }
    try {
      builder.sslContext(GrpcSslContexts.configure(tls.context(), SslProvider.JDK).build());
    } catch (SSLException | IllegalArgumentException refused) {
      throw Tls.failed(refused);
    }
    if (tls.serverName() != null) {
      builder.overrideAuthority(tls.serverName());
    }
    return builder.build();
  }

  Channel next() {
    return channels.get(Math.floorMod(turn.getAndIncrement(), channels.size()));
  }

  /**
   * Makes what comes next go over new connections: an answer that is late may be one of a server
   * that is slow, or of a connection that nobody has told us is dead. What is under way goes on.
   */
  void renew() {
    channels.forEach(ManagedChannel::enterIdle);
  }

  /** Ends what is under way. Does not wait. */
  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    var unused = eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    // Calls that end now are still told so, on its threads, which then end for want of work.
  }
}
