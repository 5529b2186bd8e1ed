package dev.millrace.accelerator.oip;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.UnsafeByteOperations;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/** A batch at a server: one request, or one for each row where the model takes one at a time. */
final class RawWork implements RemoteWork {

  private final RawSession session;
  private final ArrowBatch batch;
  private final AtomicReference<@Nullable AcceleratorException> failure = new AtomicReference<>();
  private final AtomicInteger callsLeft = new AtomicInteger();
  private volatile boolean cancelled;
  private volatile List<OipCall> calls = List.of();
  private final List<Part> parts = new ArrayList<>();
  private @Nullable Outcome outcome;

  RawWork(RawSession session, ArrowBatch batch) {
    this.session = session;
    this.batch = batch;
  }

  @Override
  public void start(Outcome to) {
    outcome = to;
    int step = session.runsRowsAlone() ? 1 : Math.max(1, batch.rowCount());
    List<OipCall> made = new ArrayList<>();
    try {
      for (int from = 0; from < batch.rowCount(); from += step) {
        Part part = new Part(step);
        parts.add(part);
        made.add(new OipCall(request(from, step), part));
      }
    } catch (RuntimeException unfit) {
      failure.set(failed(unfit));
      made.clear();
    }
    if (made.isEmpty()) {
      end();
      return;
    }
    callsLeft.set(made.size());
    calls = made;
    for (OipCall call : made) {
      if (cancelled || failure.get() != null) {
        call.cancel();
      }
      call.start(session.server().channel(), session.server().deadline().toMillis());
    }
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
      if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
        session.server().late();
      }
      if (!status.isOk() && !cancelled) {
        failure.compareAndSet(null, session.server().failure(describe(), status));
        calls.forEach(OipCall::cancel);
      }
      if (callsLeft.decrementAndGet() == 0) {
        end();
      }
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    calls.forEach(OipCall::cancel);
  }

  private void end() {
    ArrowBatch answer = null;
    AcceleratorException failed = failure.get();
    if (failed == null && !cancelled) {
      try {
        answer = answer();
      } catch (RuntimeException unexpected) {
        failed = failed(unexpected);
      }
    }
    requireNonNull(outcome).end(answer, cancelled && answer == null ? null : failed);
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

  private AcceleratorException failed(RuntimeException failure) {
    if (failure instanceof AcceleratorException known) {
      return new AcceleratorException(
          known.category(), describe() + ": " + known.getMessage(), known);
    }
    return new AcceleratorException(
        failure instanceof OutOfMemoryException ? Category.OUT_OF_MEMORY : Category.DEVICE,
        describe() + " failed: " + failure,
        failure);
  }

  /** What runs where, for messages. */
  private String describe() {
    return session.server().describe() + " on " + batch.rowCount() + " rows";
  }
}
