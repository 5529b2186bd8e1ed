package dev.millrace.operators;

import java.io.Serializable;

/** Hands what is to be inferred of a row to an intake. */
interface RowTexts<IN> extends Serializable {

  /** Adds the row's text, or its two. */
  <W extends Waiter<W>> void submit(IN row, W waiter, TextIntake<W> into);

  /** One text. */
  record One<IN>(TextOf<IN> textOf) implements RowTexts<IN> {

    @Override
    public <W extends Waiter<W>> void submit(IN row, W waiter, TextIntake<W> into) {
      into.add(waiter, textOf.textOf(row));
    }
  }

  /** Two. */
  record Two<IN>(PairOf<IN> pairOf) implements RowTexts<IN> {

    @Override
    public <W extends Waiter<W>> void submit(IN row, W waiter, TextIntake<W> into) {
      into.add(waiter, pairOf.first(row), pairOf.second(row));
    }
  }
}
