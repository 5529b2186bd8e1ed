package dev.millrace.accelerator.oip;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.UnsafeByteOperations;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.oip.proto.ModelInferRequest;
import dev.millrace.accelerator.oip.proto.ModelInferResponse;
import dev.millrace.accelerator.remote.RemoteWork;
import dev.millrace.accelerator.tensor.TensorColumns;
import dev.millrace.accelerator.tensor.TensorPart;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/** A batch at a server: one request, or one for each row where the model takes one at a time. */
final class RawWork implements RemoteWork {

  private final RawSession session;
  private final ArrowBatch batch;
  private final OipCalls calls;
  private final List<Part> parts = new ArrayList<>();
  private @Nullable Outcome outcome;

  RawWork(RawSession session, ArrowBatch batch) {
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
    int step = session.runsRowsAlone() ? 1 : Math.max(1, batch.rowCount());
    List<OipCall> made = new ArrayList<>();
    for (int from = 0; from < batch.rowCount(); from += step) {
      Part part = new Part(step);
      parts.add(part);
      made.add(new OipCall(request(from, step), part));
    }
    return made;
  }

  private ModelInferRequest request(int from, int rows) {
    ModelInferRequest.Builder request =
        ModelInferRequest.newBuilder()
            .setModelName(session.server().modelName())
            .setModelVersion(session.server().settings().version());
    for (TensorSpec output : session.signature().outputs()) {
      request.addOutputs(
          ModelInferRequest.InferRequestedOutputTensor.newBuilder().setName(output.name()));
    }
    for (TensorSpec input : session.signature().inputs()) {
      TensorPart part = TensorColumns.part(batch, input, from, rows);
      request
          .addInputs(
              ModelInferRequest.InferInputTensor.newBuilder()
                  .setName(input.name())
                  .setDatatype(RawModel.nameOf(input.type()))
                  .addAllShape(part.shape()))
          .addRawInputContents(
              part.type() == ElementType.UTF8
                  ? RawTexts.encode(part.texts())
                  : UnsafeByteOperations.unsafeWrap(part.bytes()));
    }
    return request.build();
  }

  /** Some rows of the batch, which are one request. */
  private final class Part implements OipCall.Owner {
    private final int rows;

    /** In the order of the signature's outputs; empty until the answer was read. */
    private volatile List<TensorPart> outputs = List.of();

    Part(int rows) {
      this.rows = rows;
    }

    @Override
    public void read(ModelInferResponse answer) {
      List<TensorPart> read = new ArrayList<>();
      for (TensorSpec spec : session.signature().outputs()) {
        read.add(RawAnswer.read(answer, spec, rows));
      }
      outputs = read;
    }

    @Override
    public void ended(Status status) {
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
    if (failed == null && !calls.areCancelled()) {
      try {
        answer = answer();
      } catch (RuntimeException unexpected) {
        failed = calls.failed(unexpected);
      }
    }
    requireNonNull(outcome).end(answer, failed);
  }

  private ArrowBatch answer() {
    List<FieldVector> columns = new ArrayList<>();
    try {
      List<TensorSpec> outputs = session.signature().outputs();
      for (int i = 0; i < outputs.size(); i++) {
        int output = i;
        columns.add(
            TensorColumns.ofParts(
                session.scope().allocator(),
                outputs.get(i),
                parts.stream().map(part -> part.outputs.get(output)).toList()));
      }
      return batch.withColumns(session.scope(), columns);
    } catch (RuntimeException failure) {
      columns.forEach(FieldVector::close);
      throw failure;
    }
  }
}
