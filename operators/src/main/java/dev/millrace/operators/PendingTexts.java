package dev.millrace.operators;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The distinct texts that have no vector yet: a hash table of chains, and the objects that it will
 * need again. In steady state nothing is allocated.
 */
final class PendingTexts<W extends Waiter<W>> {

  private static final int INITIAL_SLOTS = 1024;

  /** So that most chains have one text. */
  private static final int SLOTS_A_TEXT = 2;

  /** A text object with a larger array gives it back when it is done. */
  private static final int MOST_UNITS_KEPT = 4096;

  private final Deque<PendingText<W>> spare = new ArrayDeque<>();
  private @Nullable PendingText<W>[] slots = slots(INITIAL_SLOTS);
  private int size;
  private long units;

  /** An object to read a text into. Then {@link #find} it and {@link #add} or {@link #drop} it. */
  PendingText<W> blank() {
    PendingText<W> used = spare.poll();
    return used == null ? new PendingText<>() : used;
  }

  /** The text with the same units, if it is pending. */
  @Nullable PendingText<W> find(PendingText<W> wanted) {
    wanted.hash = wanted.text().hash();
    PendingText<W> found = slots[slot(wanted)];
    while (found != null && (found.hash != wanted.hash || !found.text().sameAs(wanted.text()))) {
      found = found.nextInTable;
    }
    return found;
  }

  /** Adds a text that {@link #find} did not find. */
  void add(PendingText<W> text) {
    if (SLOTS_A_TEXT * size >= slots.length) {
      grow();
    }
    int slot = slot(text);
    text.nextInTable = slots[slot];
    slots[slot] = text;
    size++;
    units += text.text().length();
  }

  /** Takes a text out; it must be in. */
  void remove(PendingText<W> text) {
    int slot = slot(text);
    PendingText<W> before = null;
    PendingText<W> at = slots[slot];
    while (at != null && at != text) {
      before = at;
      at = at.nextInTable;
    }
    if (before == null) {
      slots[slot] = text.nextInTable;
    } else {
      before.nextInTable = text.nextInTable;
    }
    size--;
    units -= text.text().length();
    drop(text);
  }

  /** Gives an object back that is not in the table. */
  void drop(PendingText<W> text) {
    text.nextInTable = null;
    text.forgetWaiters();
    text.text().trim(MOST_UNITS_KEPT);
    spare.push(text);
  }

  /** Distinct texts that are pending. */
  int size() {
    return size;
  }

  /** Their UTF-16 code units. */
  long units() {
    return units;
  }

  private void grow() {
    @Nullable PendingText<W>[] old = slots;
    slots = slots(old.length * 2);
    for (PendingText<W> chain : old) {
      for (PendingText<W> text = chain; text != null; ) {
        PendingText<W> next = text.nextInTable;
        int slot = slot(text);
        text.nextInTable = slots[slot];
        slots[slot] = text;
        text = next;
      }
    }
  }

  private int slot(PendingText<W> text) {
    return (int) text.hash & (slots.length - 1);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static <W extends Waiter<W>> @Nullable PendingText<W>[] slots(int count) {
    return new PendingText[count];
  }
}
