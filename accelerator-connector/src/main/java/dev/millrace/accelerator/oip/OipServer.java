package dev.millrace.accelerator.oip;

import com.google.protobuf.ByteString;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.oip.proto.ModelInferRequest;
import dev.millrace.accelerator.oip.proto.ModelInferResponse;
import dev.millrace.accelerator.oip.proto.ModelMetadataRequest;
import dev.millrace.accelerator.oip.proto.ModelMetadataResponse;
import dev.millrace.accelerator.oip.proto.ModelReadyRequest;
import dev.millrace.accelerator.oip.proto.SystemSharedMemoryRegisterRequest;
import dev.millrace.accelerator.oip.proto.SystemSharedMemoryStatusRequest;
import dev.millrace.accelerator.oip.proto.SystemSharedMemoryUnregisterRequest;
import dev.millrace.accelerator.remote.RemoteDigest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server and the model at it: the connections, and the questions that come before work. */
final class OipServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(OipServer.class);

  private static final int GOODBYE_SECONDS = 2;

  /** For what comes before work: connecting takes longer than a batch. */
  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(20);

  private final AcceleratorUri uri;
  private final Model model;
  private final OipSettings settings;
  private final Duration deadline;
  private final OipChannels channels;

  OipServer(AcceleratorUri uri, Model model, SessionOptions options) {
    this.uri = uri;
    this.model = model;
    this.settings = OipSettings.of(uri);
    this.deadline = settings.deadline(options);
    this.channels = new OipChannels(settings, uri + " " + model.name());
  }

  OipSettings settings() {
    return settings;
  }

  /** How long one request may take. */
  Duration deadline() {
    return deadline;
  }

  /** What the model is called there. */
  String modelName() {
    return settings.modelName(model);
  }

  /** For messages. */
  String describe() {
    String version = settings.version().isEmpty() ? "" : " (version " + settings.version() + ")";
    return uri + " with the model '" + modelName() + "'" + version;
  }

  /** A connection, with the headers that this server asks for. */
  Channel channel() {
    Metadata headers = new Metadata();
    settings
        .credentials()
        .headers()
        .forEach(
            (name, value) ->
                headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
    return ClientInterceptors.intercept(
        channels.next(), MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /**
   * Asks whether the model is ready and what it is. Blocks.
   *
   * @throws AcceleratorException if it cannot be reached or is not fit for the model's task
   */
  OipModel examine() {
    return OipModel.of(describe(), metadata(), settings.output(), model.task());
  }

  /**
   * Asks whether the model is ready and what it is, whatever it is for. Blocks.
   *
   * @throws AcceleratorException if it cannot be reached or is not ready
   */
  ModelMetadataResponse metadata() {
    boolean ready =
        call(
                OipProtocol.MODEL_READY,
                ModelReadyRequest.newBuilder()
                    .setName(modelName())
                    .setVersion(settings.version())
                    .build())
            .getReady();
    if (!ready) {
      throw new AcceleratorException(
          Category.UNAVAILABLE,
          describe()
              + " is not ready. Has the server loaded it? Name the model as the server does with"
              + " the parameter model=NAME.");
    }
    return call(
        OipProtocol.MODEL_METADATA,
        ModelMetadataRequest.newBuilder()
            .setName(modelName())
            .setVersion(settings.version())
            .build());
  }

  /**
   * How many dimensions a vector has where the metadata leaves it open: a text of two tokens tells.
   * Blocks.
   */
  int measureDimensions(OipModel found) {
    ModelInferRequest.Builder request =
        ModelInferRequest.newBuilder()
            .setModelName(modelName())
            .setModelVersion(settings.version())
            .addOutputs(
                ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                    .setName(found.output().name()));
    for (OipModel.Input input : found.inputs()) {
      int bytes = input.bytes();
      byte[] ones = new byte[2 * bytes];
      ones[0] = 1;
      ones[bytes] = 1;
      request
          .addInputs(
              ModelInferRequest.InferInputTensor.newBuilder()
                  .setName(input.name())
                  .setDatatype(input.narrow() ? "INT32" : "INT64")
                  .addShape(1)
                  .addShape(2))
          .addRawInputContents(
              input.name().equals(TextColumns.TOKEN_TYPE_IDS)
                  ? ByteString.copyFrom(new byte[2 * bytes])
                  : ByteString.copyFrom(ones));
    }
    ModelInferResponse answer = call(OipProtocol.SMALL_MODEL_INFER, request.build());
    List<Long> shape =
        answer.getOutputs(OipAnswer.indexOf(answer, found.output().name())).getShapeList();
    long last = shape.isEmpty() ? 0 : shape.get(shape.size() - 1);
    if (last < 1 || last > Integer.MAX_VALUE) {
      throw new AcceleratorException(
          Category.OUTPUT,
          describe() + " answered a first text with a tensor of the shape " + shape + ".");
    }
    return (int) last;
  }

  /** SHA-256 over the model as the server describes it and as the folder here does. */
  String digest(OipModel found) {
    List<String> parts = new ArrayList<>();
    parts.add("open-inference-protocol 1");
    parts.add(modelName());
    parts.add(settings.version());
    parts.addAll(found.metadata());
    parts.add(model.digest());
    return RemoteDigest.of(parts);
  }

  /** The same for a model that is used as it is. */
  String digest(ModelMetadataResponse metadata) {
    return RemoteDigest.of(
        List.of(
            "open-inference-protocol raw 1",
            modelName(),
            settings.version(),
            metadata.toString(),
            model.digest()));
  }

  /**
   * Shares memory with the server, if it is on this host and wants that. Blocks.
   *
   * @return null if not, so that tensors travel in the requests
   */
  @Nullable SharedMemory shareMemory() {
    if (!settings.sharedMemory() || !SharedMemory.isPossible() || !isOnThisHost()) {
      return null;
    }
    try {
      Object unused =
          call(OipProtocol.MEMORY_STATUS, SystemSharedMemoryStatusRequest.getDefaultInstance());
      SharedMemory made = SharedMemory.make(settings.inFlight());
      try {
        Object unusedToo =
            call(
                OipProtocol.MEMORY_REGISTER,
                SystemSharedMemoryRegisterRequest.newBuilder()
                    .setName(made.name())
                    .setKey(made.key())
                    .setByteSize(made.bytes())
                    .build());
        LOG.info("{}: tensors go through shared memory.", describe());
        return made;
      } finally {
        made.hide();
      }
    } catch (AcceleratorException | IOException refused) {
      LOG.info(
          "{}: tensors travel in the requests, since memory cannot be shared ({}).",
          describe(),
          refused.getMessage());
      return null;
    }
  }

  private boolean isOnThisHost() {
    try {
      InetAddress address = InetAddress.getByName(settings.endpoint().host());
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (IOException unknown) {
      return false;
    }
  }

  /** Closes it after the server has let the memory go, or has not answered. Does not wait. */
  void close(@Nullable SharedMemory shared) {
    if (shared == null) {
      close();
      return;
    }
    var unregistered =
        ClientCalls.futureUnaryCall(
            channel()
                .newCall(
                    OipProtocol.MEMORY_UNREGISTER,
                    CallOptions.DEFAULT.withDeadlineAfter(GOODBYE_SECONDS, TimeUnit.SECONDS)),
            SystemSharedMemoryUnregisterRequest.newBuilder().setName(shared.name()).build());
    unregistered.addListener(this::close, Runnable::run);
  }

  private <Q, A> A call(MethodDescriptor<Q, A> method, Q request) {
    try {
      return ClientCalls.blockingUnaryCall(
          channel(),
          method,
          CallOptions.DEFAULT.withDeadlineAfter(
              Math.max(deadline.toMillis(), LEAST_PATIENCE.toMillis()), TimeUnit.MILLISECONDS),
          request);
    } catch (StatusRuntimeException failed) {
      throw failure(describe() + ": " + method.getBareMethodName(), failed.getStatus());
    }
  }

  AcceleratorException failure(String what, Status status) {
    return OipErrors.of(what, status, settings.credentials());
  }

  /** An answer did not come in time. */
  void late() {
    channels.renew();
  }

  @Override
  public void close() {
    channels.close();
  }
}
