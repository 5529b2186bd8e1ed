package dev.millrace.jobs.input;

import java.io.IOException;
import java.io.Serializable;

/** Reads the messages of a topic. Used by one thread. */
interface MessageDecoder extends Serializable {

  /**
   * The row that a message is.
   *
   * @throws UnreadableRowException if it is the message that is bad
   * @throws IOException if something else prevents that it is read, for now
   */
  SourceRow decode(byte[] message) throws IOException, UnreadableRowException;
}
