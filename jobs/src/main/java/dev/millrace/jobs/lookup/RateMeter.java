package dev.millrace.jobs.lookup;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * Samples the figures once a second, and says how fast they grow. Used by one thread at a time;
 * whoever follows its stream too slowly gets the latest and misses those between.
 */
final class RateMeter {

  static final Duration EVERY = Duration.ofSeconds(1);

  private static final int WINDOW = 5;
  private static final double NANOS = 1e9;

  @SuppressWarnings("ArrayRecordComponent") // Nobody compares samples.
  private record Sample(long at, LookupStore of, double[] totals) {}

  private final Deque<Sample> window = new ArrayDeque<>();
  private final Sinks.Many<byte[]> sink = Sinks.many().replay().latest();

  /** The figures as JSON, from the latest on, one each second until the end. */
  Flux<byte[]> stream() {
    return sink.asFlux().onBackpressureLatest();
  }

  /** Takes a sample, which those who follow get. */
  void sample(LookupStore store, LookupServer.Phase phase) {
    Sample now = new Sample(System.nanoTime(), store, store.totals());
    // What a restart brought back has not just been counted.
    window.removeIf(before -> before.of() != store);
    window.addLast(now);
    if (window.size() > WINDOW + 1) {
      window.removeFirst();
    }
    Sample first = window.getFirst();
    double seconds = Math.max(EVERY.toMillis() / 1e3, (now.at() - first.at()) / NANOS);
    double[] perSecond = new double[now.totals().length];
    for (int i = 0; i < perSecond.length; i++) {
      perSecond[i] = (now.totals()[i] - first.totals()[i]) / seconds;
    }
    sink.tryEmitNext(LookupJson.rates(store, phase, now.totals(), perSecond));
  }

  /** Ends the stream, also where a sample is just being taken by another thread. */
  void end() {
    sink.emitComplete(Sinks.EmitFailureHandler.busyLooping(EVERY));
  }
}
