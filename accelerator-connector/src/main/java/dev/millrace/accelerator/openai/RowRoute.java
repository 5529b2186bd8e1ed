package dev.millrace.accelerator.openai;

import dev.millrace.accelerator.AcceleratorException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;

/** A route on which a server answers rows with numbers. Safe for use by several threads. */
interface RowRoute {

  /** A request about some rows of a batch. */
  interface Question {

    /** Its body, which the caller owns; made anew for each try. */
    ByteBuf body();

    /**
     * Reads the answer.
     *
     * @param rows takes the rows by their places in the batch
     * @return tokens that the server says it has read; 0 if it does not say
     * @throws AcceleratorException of category OUTPUT if it is no answer to this
     */
    long read(ByteBuf answer, RowsReply.Rows rows) throws IOException;
  }

  /** The path of its requests. */
  String path();

  /** The requests with which all of the rows are asked about; there is a row at least. */
  List<Question> questions(QuestionRows rows);

  /**
   * Makes of the numbers in the answers what a session gives, in place. All are there and finite.
   *
   * @param width numbers of each row
   */
  void finish(ArrowBuf numbers, int rows, int width);
}
