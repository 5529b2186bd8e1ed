package dev.millrace.jobs.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of the loopback interface that nobody listens on. They are below those that a system gives
 * to whoever connects, and each JVM of tests has a range of its own: nobody takes one between here
 * and the process that is to listen on it, or while that is down.
 */
final class FreePorts {

  private static final int FIRST = 20_000;
  private static final int PORTS_OF_EACH = 1_000;
  private static final int RANGES = 12;

  private FreePorts() {}

  /** So many different ones. */
  static List<Integer> take(int count) throws IOException {
    int fork = Integer.getInteger("surefire.forkNumber", 0) % RANGES;
    int first = FIRST + fork * PORTS_OF_EACH;
    int begin = ThreadLocalRandom.current().nextInt(PORTS_OF_EACH);
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; ports.size() < count; i++) {
      if (i == PORTS_OF_EACH) {
        throw new IOException(
            "Of the ports from %d on, %d are free on the loopback interface of %d, and %d are needed."
                .formatted(first, ports.size(), PORTS_OF_EACH, count));
      }
      int port = first + (begin + i) % PORTS_OF_EACH;
      if (isFree(port)) {
        ports.add(port);
      }
    }
    return ports;
  }

  private static boolean isFree(int port) {
    try (ServerSocket held = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return held.isBound();
    } catch (IOException taken) {
      return false;
    }
  }
}
