package dev.millrace.operators;

import java.util.ArrayList;
import java.util.List;
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
 */
final class OutputQueue<IN, OUT> {

  /** Where rows and signals go. */
  interface Emitter<IN, OUT> {
    void emit(PendingRow<IN, OUT> row);
  }

  private final boolean ordered;
  private final Emitter<IN, OUT> emitter;
  private @Nullable Element first;
  private @Nullable Element last;
  private int rows;

  OutputQueue(OutputOrder order, Emitter<IN, OUT> emitter) {
    this.ordered = order == OutputOrder.ORDERED;
    this.emitter = emitter;
  }

  void addRow(PendingRow<IN, OUT> row) {
    append(row);
    rows++;
  }

  /** Adds a signal: {@code emission} runs when everything before it has left. */
  void addSignal(Runnable emission) {
    append(new Signal(emission));
    emitReady();
  }

  /** Emits whatever may leave now. */
  void emitReady() {
    Element element = first;
    while (element != null) {
      Element next = element.next;
      if (element instanceof Signal signal) {
        if (element != first) {
          return;
        }
        unlink(element);
        signal.emission.run();
      } else {
        @SuppressWarnings("unchecked")
        PendingRow<IN, OUT> row = (PendingRow<IN, OUT>) element;
        if (row.isDone()) {
          unlink(row);
          rows--;
          emitter.emit(row);
        } else if (ordered) {
          return;
        }
      }
      element = next;
    }
  }

  /** Rows that have not left. */
  int rows() {
    return rows;
  }

  boolean isEmpty() {
    return first == null;
  }

  /** Rows that have not left, in the order in which they came. */
  List<PendingRow<IN, OUT>> pending() {
    List<PendingRow<IN, OUT>> pending = new ArrayList<>(rows);
    for (Element element = first; element != null; element = element.next) {
      if (!(element instanceof Signal)) {
        @SuppressWarnings("unchecked")
        PendingRow<IN, OUT> row = (PendingRow<IN, OUT>) element;
        pending.add(row);
      }
    }
    return pending;
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
  abstract static sealed class Element permits PendingRow, Signal {
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
