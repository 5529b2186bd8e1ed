package dev.millrace.accelerator.remote;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import java.util.function.Function;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** Each subscription is one run of the batch at a server. */
public final class RemoteMono extends Mono<ArrowBatch> {

  private final Object session;
  private final Holds life;
  private final Places places;
  private final ArrowBatch batch;
  private final Function<ArrowBatch, RemoteWork> work;

  /**
   * @param session whom messages name
   * @param batch borrowed: each subscription takes a reference of its own
   * @param work what a batch is at the server; it borrows the batch until it has ended
   */
  public RemoteMono(
      Object session,
      Holds life,
      Places places,
      ArrowBatch batch,
      Function<ArrowBatch, RemoteWork> work) {
    this.session = session;
    this.life = life;
    this.places = places;
    this.batch = batch;
    this.work = work;
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
    subscriber.onSubscribe(new RemoteRun(session, life, places, own, work.apply(own), subscriber));
  }
}
