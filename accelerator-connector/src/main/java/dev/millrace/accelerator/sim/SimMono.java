package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** Each subscription is one run of the batch. */
final class SimMono extends Mono<ArrowBatch> {

  private final SimSession session;
  private final ArrowBatch batch;

  SimMono(SimSession session, ArrowBatch batch) {
    this.session = session;
    this.batch = batch;
  }

  @Override
  public void subscribe(CoreSubscriber<? super ArrowBatch> subscriber) {
    ArrowBatch own;
    try {
      own = batch.retain();
    } catch (IllegalStateException closed) {
      Operators.error(
          subscriber,
          new AcceleratorException(
              Category.INPUT, session + " was given a batch that is closed.", closed));
      return;
    }
    subscriber.onSubscribe(new SimRun(session, own, subscriber));
  }
}
