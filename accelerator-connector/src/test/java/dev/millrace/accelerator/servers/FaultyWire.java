package dev.millrace.accelerator.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * What lies between a client and its server, and may break: it passes bytes on, unless it is told
 * to reset a connection when a question comes, to stall, or to let half of an answer through.
 */
final class FaultyWire {

  private static final int CHUNK = 1 << 14;

  private final ServerSocket listener;
  private final int serverPort;
  private final Faults faults;

  FaultyWire(int serverPort, Faults faults) throws IOException {
    this(serverPort, 0, faults);
  }

  FaultyWire(int serverPort, int port, Faults faults) throws IOException {
    this.listener = new ServerSocket(port, 64, InetAddress.getLoopbackAddress());
    this.serverPort = serverPort;
    this.faults = faults;
    daemon(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    while (true) {
      try {
        Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        faults.count("connections");
        daemon(() -> pass(client, server, true));
        daemon(() -> pass(server, client, false));
      } catch (IOException gone) {
        return;
      }
    }
  }

  private void pass(Socket from, Socket to, boolean question) {
    byte[] chunk = new byte[CHUNK];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        // A few bytes are a handshake's; a question or an answer is longer.
        boolean substantial = n > 200;
        if (question && substantial && faults.take("reset")) {
          from.setSoLinger(true, 0);
          return;
        }
        if (!question && substantial && faults.take("half")) {
          out.write(chunk, 0, n / 2);
          out.flush();
          to.setSoLinger(true, 0);
          return;
        }
        if (!question && substantial && faults.take("stall")) {
          // The rest of this connection never comes.
          while (in.read(chunk) >= 0) {
            faults.count("stalled");
          }
          return;
        }
        out.write(chunk, 0, n);
        out.flush();
      }
    } catch (IOException broken) {
      // As wires do; both ends are closed.
    }
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "wire");
    thread.setDaemon(true);
    thread.start();
  }
}
