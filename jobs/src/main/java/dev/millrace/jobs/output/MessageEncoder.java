package dev.millrace.jobs.output;

import java.io.IOException;
import java.io.Serializable;

/**
 * Makes the messages of a topic of records. Used by one thread.
 *
 * @param <T> the record
 */
interface MessageEncoder<T> extends Serializable {

  /** Called before the first record; may ask others on the network. */
  void open() throws IOException;

  /** The value of a message. */
  byte[] encode(T row) throws IOException;
}
