package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.embedding.TokenBatch;
import org.apache.arrow.memory.ArrowBuf;

/** Numbers made of rows of token ids. For one thread at a time. */
interface SimRows {

  /** Writes the numbers of all rows, one after another. */
  void write(TokenBatch batch, ArrowBuf output);
}
