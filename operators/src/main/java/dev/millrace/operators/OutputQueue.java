package dev.millrace.operators;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What has come into an operator and not left it: rows, and between them the watermarks and other
 * signals, which must neither pass a row nor be passed by one.
 *
 * <p>Ordered, an element leaves when it is done and the first. Unordered, a row leaves as soon as
 * it is done and no signal is before it. Either way a signal leaves when it is the first.
 *
 * <p>A linked list, so that a row leaves from the middle without a trace. Used on the task's thread
 * alone.
 *
 * @param <P> the rows, or batches of them
 */
final class OutputQueue<P extends PendingInput<?>> {

  private final boolean ordered;
  private final Consumer<P> emitter;
  private @Nullable Element first;
  private @Nullable Element last;
  private int rows;
  private int signals;
  private boolean held;

  /**
   * @param emitter emits what may leave; the queue has let go of it by then
   */
  OutputQueue(OutputOrder order, Consumer<P> emitter) {
    this.ordered = order == OutputOrder.ORDERED;
    this.emitter = emitter;
  }

  void add(P input) {
    append(input);
    rows += input.rows();
  }

  /** Emits the element that was added last, if it is done and may leave. */
  void emitLast(P input) {
    if (!held && input.isDone() && (ordered ? first == input : signals == 0)) {
      leave(input);
    }
  }

  /** Adds a signal: {@code emission} runs when everything before it has left. */
  void addSignal(Runnable emission) {
    append(new Signal(emission));
    signals++;
    emitReady();
  }

  /** From now on nothing leaves. */
  void hold() {
    held = true;
  }

  /** Emits whatever may leave now. */
  void emitReady() {
    if (held) {
      return;
    }
    Element element = first;
    while (element != null) {
      Element next = element.next;
      if (element instanceof Signal signal) {
        if (element != first) {
          return;
        }
        unlink(element);
        signals--;
        signal.emission.run();
      } else {
        P input = input(element);
        if (input.isDone()) {
          leave(input);
        } else if (ordered) {
          return;
        }
      }
      element = next;
    }
  }

  private void leave(P input) {
    unlink(input);
    rows -= input.rows();
    emitter.accept(input);
  }

  /** Rows that have not left. */
  int rows() {
    return rows;
  }

  boolean isEmpty() {
    return first == null;
  }

  /** What has not left, in the order in which it came. */
  List<P> pending() {
    List<P> pending = new ArrayList<>();
    for (Element element = first; element != null; element = element.next) {
      if (!(element instanceof Signal)) {
        pending.add(input(element));
      }
    }
    return pending;
  }

  @SuppressWarnings("unchecked")
  private P input(Element element) {
    return (P) element;
  }

  private void append(Element element) {
    element.previous = last;
    if (last == null) {
      first = element;
    } else {
      last.next = element;
    }
    last = element;
  }

  private void unlink(Element element) {
    if (element.previous == null) {
      first = element.next;
    } else {
      element.previous.next = element.next;
    }
    if (element.next == null) {
      last = element.previous;
    } else {
      element.next.previous = element.previous;
    }
    element.previous = null;
    element.next = null;
  }

  /** A place in the queue. */
  abstract static sealed class Element permits PendingInput, Signal {
    private @Nullable Element previous;
    private @Nullable Element next;
  }

  private static final class Signal extends Element {
    final Runnable emission;

    Signal(Runnable emission) {
      this.emission = emission;
    }
  }
}
