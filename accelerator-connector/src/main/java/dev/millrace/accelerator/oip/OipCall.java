package dev.millrace.accelerator.oip;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.millrace.accelerator.oip.proto.ModelInferRequest;
import dev.millrace.accelerator.oip.proto.ModelInferResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Drainable;
import io.grpc.HasByteBuffer;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One request to infer. It is written to the connection out of the batch's memory, without an array
 * of its size in between, and its answer is read where the connection keeps it.
 */
final class OipCall extends ClientCall.Listener<OipCall.Read> {

  /** Who is told. */
  interface Owner {

    /**
     * The answer is there. Its bytes lie in the connection's memory and are valid during the call.
     * What this throws ends the call as a failure with that cause.
     */
    void read(ModelInferResponse answer);

    /** It has ended: nothing reads the request's memory any more. Called once. */
    void ended(Status status);
  }

  /** The answer was read. */
  enum Read {
    DONE
  }

  private enum State {
    NEW,
    STARTING,
    STARTED,
    CANCELLED
  }

  private final ModelInferRequest request;
  private final Owner owner;
  private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
  private @Nullable ClientCall<OipCall, Read> call;
  private boolean answered;

  /** Guarded by this: whether the request's memory may still be read. */
  private boolean readable = true;

  OipCall(ModelInferRequest request, Owner owner) {
    this.request = request;
    this.owner = owner;
  }

  void start(Channel channel, long deadlineMillis) {
    if (!state.compareAndSet(State.NEW, State.STARTING)) {
      owner.ended(Status.CANCELLED);
      return;
    }
    ClientCall<OipCall, Read> made =
        channel.newCall(
            OipProtocol.modelInfer(new RequestMarshaller(), new AnswerMarshaller()),
            CallOptions.DEFAULT.withDeadlineAfter(deadlineMillis, TimeUnit.MILLISECONDS));
    call = made;
    made.start(this, new Metadata());
    // Two, so that a server that answers twice is found out, as the protocol's libraries do.
    made.request(2);
    made.sendMessage(this);
    made.halfClose();
    if (!state.compareAndSet(State.STARTING, State.STARTED)) {
      made.cancel("The answer is not wanted any more.", null);
    }
  }

  /** Callable from any thread. {@link Owner#ended} follows if {@link #start} is or was called. */
  void cancel() {
    State before = state.getAndSet(State.CANCELLED);
    ClientCall<OipCall, Read> started = call;
    if (before == State.STARTED && started != null) {
      started.cancel("The answer is not wanted any more.", null);
    }
  }

  @Override
  public void onMessage(Read message) {
    answered = true;
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    synchronized (this) {
      readable = false;
    }
    owner.ended(
        status.isOk() && !answered
            ? Status.INTERNAL.withDescription("The server ended the call without an answer.")
            : status);
  }

  private int write(OutputStream target) throws IOException {
    synchronized (this) {
      if (!readable) {
        throw new IOException("The batch was let go.");
      }
      request.writeTo(target);
      return request.getSerializedSize();
    }
  }

  private static final class RequestMarshaller implements Marshaller<OipCall> {

    @Override
    public InputStream stream(OipCall call) {
      return new RequestStream(call);
    }

    @Override
    public OipCall parse(InputStream stream) {
      throw new UnsupportedOperationException("A client reads no requests.");
    }
  }

  /** What gRPC drains into the memory of its connection. */
  private static final class RequestStream extends InputStream implements Drainable, KnownLength {
    private final OipCall call;

    RequestStream(OipCall call) {
      this.call = call;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      return call.write(target);
    }

    @Override
    public int available() {
      return call.request.getSerializedSize();
    }

    @Override
    public int read() throws IOException {
      throw new IOException("A request is drained and not read.");
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return read();
    }
  }

  private final class AnswerMarshaller implements Marshaller<Read> {

    @Override
    public InputStream stream(Read answer) {
      throw new UnsupportedOperationException("A client writes no answers.");
    }

    @Override
    public Read parse(InputStream stream) {
      try {
        owner.read(message(stream));
        return Read.DONE;
      } catch (IOException malformed) {
        throw Status.INTERNAL
            .withDescription("The answer is no message of the protocol.")
            .withCause(malformed)
            .asRuntimeException();
      }
    }

    private static ModelInferResponse message(InputStream stream) throws IOException {
      if (!(stream instanceof HasByteBuffer buffers)
          || !buffers.byteBufferSupported()
          || !stream.markSupported()) {
        return ModelInferResponse.parseFrom(stream);
      }
      // The mark makes the stream keep what was passed over, until it is closed.
      stream.mark(stream.available());
      ByteString bytes = ByteString.EMPTY;
      while (stream.available() > 0) {
        ByteBuffer next = buffers.getByteBuffer();
        if (next == null) {
          throw new IOException("The connection's memory ends before the answer does.");
        }
        bytes = bytes.concat(UnsafeByteOperations.unsafeWrap(next));
        stream.skipNBytes(next.remaining());
      }
      CodedInputStream in = bytes.newCodedInput();
      in.enableAliasing(true);
      return ModelInferResponse.parseFrom(in);
    }
  }
}
