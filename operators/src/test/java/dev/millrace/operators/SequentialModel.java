package dev.millrace.operators;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an operator must do, in the simplest terms: what comes in leaves once. Ordered, in the order
 * in which it came; unordered, rows between two signals are a set.
 *
 * <p>Each element is a text: {@code 7@105} for row 7 with the timestamp 105, anything else for a
 * signal.
 */
final class SequentialModel {

  /**
   * Something that has come in.
   *
   * @param name what it leaves as
   * @param isRow else a signal
   * @param isLetter whether it leaves by the side output
   */
  record Element(String name, boolean isRow, boolean isLetter) {}

  private final boolean ordered;
  private final List<Element> inside = new ArrayList<>();

  SequentialModel(OutputOrder order) {
    this.ordered = order == OutputOrder.ORDERED;
  }

  void came(Element element) {
    inside.add(element);
  }

  boolean isEmpty() {
    return inside.isEmpty();
  }

  /** What a checkpoint must hold. */
  List<Element> rows() {
    return inside.stream().filter(Element::isRow).toList();
  }

  /** Begins anew with what a checkpoint holds. */
  void restore(Collection<Element> rows) {
    inside.clear();
    inside.addAll(rows);
  }

  /**
   * Takes what left since the last call.
   *
   * @param main in the order in which it left
   * @param letters likewise; how the two lay between each other is not known
   * @throws AssertionError if it may not have left
   */
  void left(List<String> main, List<String> letters) {
    Deque<String> mainLeft = new ArrayDeque<>(main);
    Deque<String> lettersLeft = new ArrayDeque<>(letters);
    boolean any = true;
    while (any) {
      any = take(mainLeft, false) || take(lettersLeft, true);
    }
    if (!mainLeft.isEmpty() || !lettersLeft.isEmpty()) {
      throw new AssertionError(
          "These left: "
              + mainLeft
              + ", and as dead letters: "
              + lettersLeft
              + ". What may have left is the beginning of: "
              + inside);
    }
  }

  private boolean take(Deque<String> from, boolean letter) {
    String name = from.peek();
    Element found = name == null ? null : find(name, letter);
    if (found == null) {
      return false;
    }
    from.remove();
    inside.remove(found);
    return true;
  }

  private @Nullable Element find(String name, boolean letter) {
    for (int at = 0; at < inside.size(); at++) {
      Element element = inside.get(at);
      if (element.name().equals(name) && element.isLetter() == letter) {
        return element.isRow() || at == 0 ? element : null;
      }
      if (ordered || !element.isRow()) {
        return null;
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return inside.toString();
  }
}
