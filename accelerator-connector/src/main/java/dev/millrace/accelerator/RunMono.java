package dev.millrace.accelerator;

import dev.millrace.accelerator.AcceleratorException.Category;
import java.util.function.BiFunction;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * The answer of {@link InferenceSession#infer} for sessions that run a batch by a subscription of
 * their own: each subscription is one run of the batch.
 */
public final class RunMono extends Mono<ArrowBatch> {

  private final Object session;
  private final ArrowBatch batch;
  private final BiFunction<ArrowBatch, CoreSubscriber<? super ArrowBatch>, Subscription> begin;

  /**
   * @param session what messages call it
   * @param batch the caller's; each run gets a reference of its own
   * @param begin makes a run, which owns the reference that it is given
   */
  public RunMono(
      Object session,
      ArrowBatch batch,
      BiFunction<ArrowBatch, CoreSubscriber<? super ArrowBatch>, Subscription> begin) {
    this.session = session;
    this.batch = batch;
    this.begin = begin;
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
    subscriber.onSubscribe(begin.apply(own, subscriber));
  }
}
