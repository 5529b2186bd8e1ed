package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.TextColumns;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** Each subscription is one run of the batch. */
final class PoolMono extends Mono<ArrowBatch> {

  private final PoolSession pool;
  private final ArrowBatch batch;

  PoolMono(PoolSession pool, ArrowBatch batch) {
    this.pool = pool;
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
              Category.INPUT, pool + " was given a batch that is closed.", closed));
      return;
    }
    subscriber.onSubscribe(new PoolRun(pool, own, TextColumns.INPUT_IDS, subscriber));
  }
}
