package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.TextColumns;
import java.util.List;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

record SteeredSession(AcceleratorUri accelerator, Model model, Steering steering)
    implements InferenceSession {

  /** Reactor's name of the hook of one subscription. */
  private static final String ON_NEXT_DROPPED = "reactor.onNextDropped.local";

  private static void close(Object dropped) {
    ((ArrowBatch) dropped).close();
  }

  @Override
  public Signature signature() {
    return new Signature(
        List.of(
            new TensorSpec(
                TextColumns.INPUT_IDS,
                ElementType.INT64,
                List.of(TensorSpec.FREE, TensorSpec.FREE))),
        List.of(
            new TensorSpec(
                TextColumns.EMBEDDING,
                ElementType.FLOAT32,
                List.of(TensorSpec.FREE, (long) Steering.DIMENSION))));
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
    return 4;
  }

  @Override
  public Mono<ArrowBatch> infer(ArrowBatch batch) {
    Consumer<Object> onNextDropped = SteeredSession::close;
    return Mono.<ArrowBatch>create(sink -> steering.called(new SteeredCall(batch.retain(), sink)))
        // Given up while it is answered. Where the two meet, a sink drops what it otherwise
        // discards.
        .doOnDiscard(ArrowBatch.class, ArrowBatch::close)
        .contextWrite(context -> context.put(ON_NEXT_DROPPED, onNextDropped));
  }

  @Override
  public void close() {}
}
