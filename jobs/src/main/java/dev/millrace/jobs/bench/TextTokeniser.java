package dev.millrace.jobs.bench;

import java.io.Serializable;

/** Millrace's tokeniser as it is measured: a text in, its ids where a batch would have them. */
interface TextTokeniser extends AutoCloseable {

  /** Opens one, for one thread, and goes to wherever a job runs. */
  @FunctionalInterface
  interface Opener extends Serializable {

    TextTokeniser open();
  }

  /**
   * Tokenises a text. What it wrote for the text before may be overwritten.
   *
   * @return how many ids the text has
   */
  int encode(String text);

  @Override
  void close();
}
