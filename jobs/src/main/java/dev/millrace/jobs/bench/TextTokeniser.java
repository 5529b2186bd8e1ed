package dev.millrace.jobs.bench;

/** Millrace's tokeniser as it is measured: a text in, its ids where a batch would have them. */
interface TextTokeniser extends AutoCloseable {

  /** Opens one, for one thread. */
  @FunctionalInterface
  interface Opener {

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
