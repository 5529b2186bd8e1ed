package dev.millrace.jobs.lookup;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import reactor.netty.Connection;

/** Closes connections beyond a number, so that clients cannot take all of a process' sockets. */
final class ConnectionLimit implements Consumer<Connection> {

  private static final int MOST = 1_000;

  private final AtomicInteger open = new AtomicInteger();

  @Override
  public void accept(Connection connection) {
    connection.onDispose(open::decrementAndGet);
    if (open.incrementAndGet() > MOST) {
      connection.dispose();
    }
  }
}
