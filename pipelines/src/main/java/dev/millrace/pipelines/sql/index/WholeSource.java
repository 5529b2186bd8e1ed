package dev.millrace.pipelines.sql.index;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;
import org.apache.flink.util.function.ThrowingConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a bounded source from its beginning to its end on the calling thread, as its only reader
 * and coordinator: for rows that must all be there before a task begins.
 */
final class WholeSource<T, S extends SourceSplit> {

  private static final int ONLY_READER = 0;
  private static final String HERE = "localhost";
  private static final long LOOK_MILLIS = 100;

  private final ClassLoader classes;

  /** What source and reader ask of each other; done one after the other, not within each other. */
  private final Queue<Runnable> errands = new ArrayDeque<>();

  private @Nullable SplitEnumerator<S, ?> enumerator;
  private @Nullable SourceReader<T, S> reader;

  private WholeSource(ClassLoader classes) {
    this.classes = classes;
  }

  /**
   * Reads all of it.
   *
   * @param taker given each element, which is valid during the call
   */
  static <T, S extends SourceSplit> void read(
      Source<T, S, ?> source, ClassLoader classes, ThrowingConsumer<T, Exception> taker)
      throws Exception {
    new WholeSource<T, S>(classes).readAll(source, taker);
  }

  private void readAll(Source<T, S, ?> source, ThrowingConsumer<T, Exception> taker)
      throws Exception {
    try (SplitEnumerator<S, ?> openedEnumerator = source.createEnumerator(new Coordinator());
        SourceReader<T, S> openedReader = source.createReader(new ReaderSide())) {
      enumerator = openedEnumerator;
      reader = openedReader;
      openedEnumerator.start();
      openedReader.start();
      openedEnumerator.addReader(ONLY_READER);
      Output<T> output = new Output<>(taker);
      while (true) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        runErrands();
        InputStatus status = openedReader.pollNext(output);
        if (output.failure != null) {
          throw output.failure;
        }
        runErrands();
        if (status == InputStatus.END_OF_INPUT) {
          return;
        }
        if (status == InputStatus.NOTHING_AVAILABLE) {
          await(openedReader);
        }
      }
    }
  }

  private void await(SourceReader<T, S> waiting) throws Exception {
    try {
      waiting.isAvailable().get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException lookAgain) {
      // An errand may have come from another thread of the source.
    }
  }

  private void runErrands() {
    for (Runnable errand = next(); errand != null; errand = next()) {
      errand.run();
    }
  }

  private @Nullable Runnable next() {
    synchronized (errands) {
      return errands.poll();
    }
  }

  private void later(Runnable errand) {
    synchronized (errands) {
      errands.add(errand);
    }
  }

  private SplitEnumerator<S, ?> enumerator() {
    return Objects.requireNonNull(enumerator);
  }

  private SourceReader<T, S> reader() {
    return Objects.requireNonNull(reader);
  }

  /** What the source's coordinator sees. */
  private final class Coordinator implements SplitEnumeratorContext<S> {

    @Override
    public SplitEnumeratorMetricGroup metricGroup() {
      return UnregisteredMetricsGroup.createSplitEnumeratorMetricGroup();
    }

    @Override
    public void sendEventToSourceReader(int subtask, SourceEvent event) {
      later(() -> reader().handleSourceEvents(event));
    }

    @Override
    public int currentParallelism() {
      return 1;
    }

    @Override
    public Map<Integer, ReaderInfo> registeredReaders() {
      return Map.of(ONLY_READER, new ReaderInfo(ONLY_READER, HERE));
    }

    @Override
    public void assignSplits(SplitsAssignment<S> assignment) {
      List<S> splits = assignment.assignment().getOrDefault(ONLY_READER, List.of());
      later(() -> reader().addSplits(splits));
    }

    @Override
    public void signalNoMoreSplits(int subtask) {
      later(() -> reader().notifyNoMoreSplits());
    }

    @Override
    public <R> void callAsync(Callable<R> callable, BiConsumer<R, Throwable> handler) {
      later(() -> call(callable, handler));
    }

    @Override
    public <R> void callAsync(
        Callable<R> callable, BiConsumer<R, Throwable> handler, long delay, long period) {
      later(() -> call(callable, handler));
    }

    @SuppressWarnings("NullAway") // One of the two is null, as the interface has it.
    private <R> void call(Callable<R> callable, BiConsumer<R, Throwable> handler) {
      R result;
      try {
        result = callable.call();
      } catch (Exception thrown) {
        handler.accept(null, thrown);
        return;
      }
      handler.accept(result, null);
    }

    @Override
    public void runInCoordinatorThread(Runnable action) {
      later(action);
    }
  }

  /** What the source's reader sees. */
  private final class ReaderSide implements SourceReaderContext {

    @Override
    public SourceReaderMetricGroup metricGroup() {
      return UnregisteredMetricsGroup.createSourceReaderMetricGroup();
    }

    @Override
    public Configuration getConfiguration() {
      return new Configuration();
    }

    @Override
    public String getLocalHostName() {
      return HERE;
    }

    @Override
    public int getIndexOfSubtask() {
      return ONLY_READER;
    }

    @Override
    public void sendSplitRequest() {
      later(() -> enumerator().handleSplitRequest(ONLY_READER, HERE));
    }

    @Override
    public void sendSourceEventToCoordinator(SourceEvent event) {
      later(() -> enumerator().handleSourceEvent(ONLY_READER, event));
    }

    @Override
    public UserCodeClassLoader getUserCodeClassLoader() {
      return SimpleUserCodeClassLoader.create(classes);
    }

    @Override
    public int currentParallelism() {
      return 1;
    }
  }

  /** Hands elements on, and keeps what went wrong with one. */
  private static final class Output<T> implements ReaderOutput<T> {

    private final ThrowingConsumer<T, Exception> taker;
    @Nullable Exception failure;

    Output(ThrowingConsumer<T, Exception> taker) {
      this.taker = taker;
    }

    @Override
    public void collect(T element) {
      if (failure == null) {
        try {
          taker.accept(element);
        } catch (Exception thrown) {
          failure = thrown;
        }
      }
    }

    @Override
    public void collect(T element, long timestamp) {
      collect(element);
    }

    @Override
    public void emitWatermark(Watermark watermark) {}

    @Override
    public void markIdle() {}

    @Override
    public void markActive() {}

    @Override
    public SourceOutput<T> createOutputForSplit(String split) {
      return this;
    }

    @Override
    public void releaseOutputForSplit(String split) {}
  }
}
