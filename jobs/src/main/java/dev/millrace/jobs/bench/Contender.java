package dev.millrace.jobs.bench;

/** One of the things that are measured in turns. Used by one thread. */
interface Contender extends AutoCloseable {

  /** What the reader is told of how it was set up. */
  String describe();

  /** How long it must run for its beginning and its end not to count. */
  double leastSeconds();

  /** How long it runs before it counts. */
  default double warmUpSeconds() {
    return 0.3;
  }

  /**
   * Embeds texts.
   *
   * @return texts a second
   */
  double run(int texts) throws Exception;

  @Override
  void close() throws Exception;
}
