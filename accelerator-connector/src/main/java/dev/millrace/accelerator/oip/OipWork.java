package dev.millrace.accelerator.oip;

import static java.util.Objects.requireNonNull;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.Model.Classifier;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.embedding.EmbeddingColumn;
import dev.millrace.accelerator.embedding.RowScores;
import dev.millrace.accelerator.embedding.RowVectors;
import dev.millrace.accelerator.embedding.TokenBatch;
import dev.millrace.accelerator.embedding.TokenPooling;
import dev.millrace.accelerator.oip.proto.ModelInferRequest;
import dev.millrace.accelerator.oip.proto.ModelInferResponse;
import dev.millrace.accelerator.remote.RemoteWork;
import io.grpc.Status;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.jspecify.annotations.Nullable;

/** A batch at a server: one request, or one for each row where rows run alone. */
final class OipWork implements RemoteWork {

  private final OipSession session;
  private final ArrowBatch batch;
  private final OipCalls calls;
  private @Nullable Outcome outcome;
  private @Nullable EmbeddingColumn column;
  private @Nullable OipRequest request;

  OipWork(OipSession session, ArrowBatch batch) {
    this.session = session;
    this.batch = batch;
    calls = new OipCalls(session.server(), batch.rowCount(), this::end);
  }

  @Override
  public void start(Outcome to) {
    outcome = to;
    calls.start(this::make);
  }

  private List<OipCall> make() {
    List<OipCall> made = new ArrayList<>();
    TokenBatch tokens = TokenBatch.of(batch);
    prepare(tokens);
    if (tokens.rows() > 0 && !session.runsRowsAlone()) {
      made.add(call(tokens, 0, tokens.rows(), tokens.width()));
    }
    for (int row = 0; row < tokens.rows() && session.runsRowsAlone(); row++) {
      made.add(call(tokens, row, 1, tokens.tokens(row)));
    }
    return made;
  }

  private void prepare(TokenBatch tokens) {
    String answer = session.model().task().column();
    if (batch.column(answer) != null) {
      throw new AcceleratorException(
          Category.INPUT,
          "The batch has a column '" + answer + "' already. Leave it out before the model runs.");
    }
    long numbers =
        (long) tokens.rows()
            * session.dimensions()
            * (session.remote().output().byToken() ? tokens.width() : 1);
    if (numbers > Integer.MAX_VALUE / Float.BYTES) {
      throw new AcceleratorException(
          Category.OUT_OF_MEMORY,
          "Its answer has more than the 2 GiB that a message may have. Give a smaller batch.");
    }
    column = session.columns().take(tokens.rows(), session.numbers(tokens.width()));
    if (session.runsRowsAlone() && session.model().task() == ModelTask.TOKEN_CLASSIFICATION) {
      // Nobody writes the numbers of padding.
      column.data().setZero(0, column.data().capacity());
    }
    if (tokens.rows() > 0) {
      request =
          new OipRequest(
              session.remote(), tokens, session.scope().allocator(), session.zeros()::acquire);
    }
  }

  private OipCall call(TokenBatch tokens, int firstRow, int rows, int width) {
    Part part = new Part(tokens, firstRow, rows, width);
    return new OipCall(part.message(), part);
  }

  /** Some rows of the batch, which are one request. */
  private final class Part implements OipCall.Owner {
    private final TokenBatch tokens;
    private final int firstRow;
    private final int rows;
    private final int width;
    private final List<Long> shape;
    private final long answerBytes;
    private SharedMemory.@Nullable Slot slot;

    Part(TokenBatch tokens, int firstRow, int rows, int width) {
      this.tokens = tokens;
      this.firstRow = firstRow;
      this.rows = rows;
      this.width = width;
      OipModel.Output output = session.remote().output();
      long dimensions = session.dimensions();
      this.shape =
          output.byToken()
              ? List.of((long) rows, (long) width, dimensions)
              : List.of((long) rows, dimensions);
      this.answerBytes =
          (long) rows * (output.byToken() ? width : 1) * dimensions * output.type().bytes();
    }

    ModelInferRequest message() {
      OipRequest from = requireNonNull(request);
      String name = session.server().modelName();
      String version = session.server().settings().version();
      SharedMemory memory = session.shared();
      SharedMemory.Slot taken =
          memory == null ? null : memory.take(from.sharedBytes(rows, width, answerBytes));
      if (memory == null || taken == null) {
        return from.message(name, version, firstRow, rows, width);
      }
      slot = taken;
      return from.message(name, version, firstRow, rows, width, memory, taken, answerBytes);
    }

    @Override
    public void read(ModelInferResponse answer) {
      ArrowBuf vectors = requireNonNull(column).data();
      int dimensions = session.dimensions();
      ByteBuffer shared = slot == null ? null : slot.view(0, answerBytes);
      var allocator = session.scope().allocator();
      Classifier classifier = session.model().classifier();
      if (session.remote().output().byToken() && classifier == null) {
        try (ArrowBuf hidden = allocator.buffer((long) rows * width * dimensions * Float.BYTES)) {
          OipAnswer.copy(answer, session.remote().output(), shape, shared, hidden, 0, allocator);
          new TokenPooling(session.model().text().pooling(), dimensions)
              .pool(hidden, tokens, firstRow, rows, width, vectors);
        }
      } else {
        long place = (long) firstRow * session.numbers(tokens.width()) * Float.BYTES;
        OipAnswer.copy(answer, session.remote().output(), shape, shared, vectors, place, allocator);
      }
      if (classifier != null && classifier.byToken()) {
        // Some rows have all their tokens here, or one row its first ones.
        RowVectors.requireFinite(
            vectors, firstRow, rows, session.numbers(width), session.numbers(tokens.width()));
        RowScores.activate(
            vectors, firstRow * tokens.width(), rows * width, dimensions, classifier.activation());
        return;
      }
      RowVectors.requireFinite(vectors, firstRow, rows, dimensions);
      if (classifier != null) {
        RowScores.activate(vectors, firstRow, rows, dimensions, classifier.activation());
      } else if (session.model().text().normalize()) {
        RowVectors.normalize(vectors, firstRow, rows, dimensions);
      }
    }

    @Override
    public void ended(Status status) {
      if (slot != null && OipErrors.isTheServers(status)) {
        slot.giveBack();
      }
      SharedMemory memory = session.shared();
      if (memory != null && OipErrors.isLostMemory(status)) {
        memory.lose();
      }
      calls.ended(status);
    }
  }

  @Override
  public void cancel() {
    calls.cancel();
  }

  private void end() {
    ArrowBatch answer = null;
    AcceleratorException failed = calls.failure();
    EmbeddingColumn written = column;
    column = null;
    try {
      if (failed == null && !calls.areCancelled() && written != null) {
        answer = written.addTo(batch, session.scope());
        written = null;
      }
    } catch (RuntimeException unexpected) {
      failed = calls.failed(unexpected);
    }
    if (written != null) {
      written.giveBack();
    }
    if (request != null) {
      request.close();
    }
    requireNonNull(outcome).end(answer, failed);
  }
}
