package dev.millrace.accelerator.onnx;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The lanes of a session: as many as threads ran at once, so no more than its workers. */
final class Lanes implements AutoCloseable {

  private final LoadedGraph graph;
  private final RunListener listener;
  private final Deque<Lane> spare = new ArrayDeque<>();

  Lanes(LoadedGraph graph, RunListener listener) {
    this.graph = graph;
    this.listener = listener;
  }

  /** A lane for one thread, which gives it back. */
  Lane take() {
    Lane used = poll();
    return used == null ? new Lane(graph, listener) : used;
  }

  private synchronized @Nullable Lane poll() {
    return spare.poll();
  }

  synchronized void giveBack(Lane lane) {
    spare.push(lane);
  }

  /** No run may be under way. */
  @Override
  public synchronized void close() {
    spare.forEach(Lane::close);
    spare.clear();
  }
}
