package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorConnector;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Signature;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Devices that cost nothing, {@code held:N}: what a pool of them takes is the pool's own. While
 * {@link #holding} a batch is answered when it is asked for, else at once.
 */
public final class HeldConnector implements AcceleratorConnector {

  /** A batch that waits for its answer. */
  record Held(MonoSink<ArrowBatch> sink, ArrowBatch batch) {}

  static final Queue<Held> WAITING = new ConcurrentLinkedQueue<>();
  static volatile boolean holding;

  @Override
  public Set<String> schemes() {
    return Set.of("held");
  }

  @Override
  public void validate(AcceleratorUri uri) {}

  @Override
  public InferenceSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    return new Session(uri, model);
  }

  private record Session(AcceleratorUri accelerator, Model model) implements InferenceSession {

    @Override
    public Signature signature() {
      return new Signature(List.of(), List.of());
    }

    @Override
    public boolean batchInvariant() {
      return true;
    }

    @Override
    public boolean runsRowsAlone() {
      return false;
    }

    @Override
    public int parallelism() {
      return 1;
    }

    @Override
    public Mono<ArrowBatch> infer(ArrowBatch batch) {
      return Mono.create(
          sink -> {
            if (holding) {
              WAITING.add(new Held(sink, batch.retain()));
            } else {
              sink.success(batch.retain());
            }
          });
    }

    @Override
    public void close() {}
  }
}
