package dev.millrace.accelerator.servers;

import ai.onnxruntime.OrtException;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.millrace.accelerator.servers.proto.Contents;
import dev.millrace.accelerator.servers.proto.Description;
import dev.millrace.accelerator.servers.proto.Flag;
import dev.millrace.accelerator.servers.proto.Named;
import dev.millrace.accelerator.servers.proto.Question;
import dev.millrace.accelerator.servers.proto.Reply;
import dev.millrace.accelerator.servers.proto.Tensor;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A server of the Open Inference Protocol. Options:
 *
 * <ul>
 *   <li>{@code graph}: the model's file; {@code name}: what it is called, {@code tiny} without;
 *   <li>{@code output}: {@code last_hidden_state}, {@code logits}, {@code token_logits}, or {@code
 *       sentence_embedding}, which it pools;
 *   <li>{@code ids}: INT64 or INT32; {@code type}: FP32, FP16 or BF16;
 *   <li>{@code contents=yes}: answers not raw; {@code dimensions=open}: does not tell them before;
 *   <li>{@code token}: a bearer token that it asks for; {@code tls}: a folder with cert.pem and
 *       key.pem; {@code largest}: bytes of the largest message that it takes
 *   <li>{@code raw=yes}: serves any graph, with its tensors as they are
 *   <li>{@code shm=yes}: takes shared memory; {@code company=yes}: adds to each vector something of
 *       the other rows of its batch
 * </ul>
 *
 * <p>Faults: {@code nan}, {@code shape}, {@code short}, {@code name}, {@code slow}, and {@code
 * status NAME} for each status.
 */
final class OipTestServer {

  private final Map<String, String> options;
  private final Faults faults;
  private final @Nullable RawServing raw;
  private final @Nullable PlainModel model;
  private final int dimensions;
  private final SharedRegions memory = new SharedRegions();

  private OipTestServer(Map<String, String> options, Faults faults) throws Exception {
    this.options = options;
    this.faults = faults;
    String graph = options.getOrDefault("graph", "");
    this.raw = "yes".equals(options.get("raw")) ? new RawServing(graph) : null;
    this.model = raw == null ? new PlainModel(graph) : null;
    this.dimensions =
        model == null
            ? 0
            : model.run(new long[] {1}, new long[] {1}, new long[] {0}, 1, 1).dimensions;
  }

  /** The port on the loopback address. */
  static int start(Map<String, String> options, Faults faults) throws Exception {
    OipTestServer server = new OipTestServer(options, faults);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .executor(Executors.newFixedThreadPool(4))
            .maxInboundMessageSize(
                Integer.parseInt(options.getOrDefault("largest", "" + Integer.MAX_VALUE)))
            .intercept(server.new Guard())
            .addService(server.service());
    String tls = options.get("tls");
    if (tls != null) {
      builder.sslContext(
          GrpcSslContexts.configure(
                  io.netty.handler.ssl.SslContextBuilder.forServer(
                      Path.of(tls, "cert.pem").toFile(), Path.of(tls, "key.pem").toFile()),
                  SslProvider.JDK)
              .build());
    }
    return builder.build().start().getPort();
  }

  private ServerServiceDefinition service() {
    String service = "inference.GRPCInferenceService";
    ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(service);
    definition
        .addMethod(
            method("ModelReady", Named.getDefaultInstance(), Flag.getDefaultInstance()),
            ServerCalls.asyncUnaryCall(
                (named, observer) -> {
                  observer.onNext(
                      Flag.newBuilder()
                          .setYes(named.getName().equals(name()) && !faults.take("not ready"))
                          .build());
                  observer.onCompleted();
                }))
        .addMethod(
            method("ModelMetadata", Named.getDefaultInstance(), Description.getDefaultInstance()),
            ServerCalls.asyncUnaryCall(
                (named, observer) -> {
                  try {
                    observer.onNext(raw == null ? describe() : raw.describe(name()));
                    observer.onCompleted();
                  } catch (OrtException failure) {
                    observer.onError(failure);
                  }
                }))
        .addMethod(
            method("ModelInfer", Question.getDefaultInstance(), Reply.getDefaultInstance()),
            ServerCalls.asyncUnaryCall(
                (question, observer) -> {
                  faults.count("questions");
                  try {
                    Reply reply = answer(question);
                    if (Context.current().isCancelled()) {
                      faults.count("cancelled");
                    }
                    observer.onNext(reply);
                    observer.onCompleted();
                  } catch (io.grpc.StatusRuntimeException refused) {
                    observer.onError(refused);
                  } catch (Exception failure) {
                    observer.onError(
                        Status.INVALID_ARGUMENT
                            .withDescription(failure.toString())
                            .asRuntimeException());
                  }
                }));
    if ("yes".equals(options.get("shm"))) {
      memory.addTo(definition, faults);
    }
    return definition.build();
  }

  private String name() {
    return options.getOrDefault("name", "tiny");
  }

  private String output() {
    return options.getOrDefault("output", "last_hidden_state");
  }

  private String type() {
    return options.getOrDefault("type", "FP32");
  }

  private boolean isPooled() {
    return output().equals("sentence_embedding");
  }

  private Description describe() {
    Description.Builder description =
        Description.newBuilder().setName(name()).addVersions("1").setPlatform("test_server");
    for (String input : List.of("input_ids", "attention_mask", "token_type_ids")) {
      description.addInputs(
          Tensor.newBuilder()
              .setName(input)
              .setDatatype(options.getOrDefault("ids", "INT64"))
              .addShape(-1)
              .addShape(-1));
    }
    Tensor.Builder output = Tensor.newBuilder().setName(output()).setDatatype(type()).addShape(-1);
    if (output().equals("last_hidden_state") || output().equals("token_logits")) {
      output.addShape(-1);
    }
    output.addShape("open".equals(options.get("dimensions")) ? -1 : dimensions);
    return description.addOutputs(output).build();
  }

  private Reply answer(Question question) throws Exception {
    for (Status.Code code : Status.Code.values()) {
      if (faults.take("status " + code)) {
        throw code.toStatus().withDescription("as the test asked").asRuntimeException();
      }
    }
    if (faults.take("memory")) {
      throw Status.INTERNAL.withDescription("CUDA failure 2: out of memory").asRuntimeException();
    }
    if (faults.take("slow")) {
      Thread.sleep(6000);
    }
    if (raw != null) {
      return raw.answer(question);
    }
    Tensor ids = question.getInputs(0);
    int rows = (int) ids.getShape(0);
    int tokens = (int) ids.getShape(1);
    long[] mask = integers(question, "attention_mask", rows * tokens);
    PlainModel.Hidden hidden =
        Objects.requireNonNull(model)
            .run(
                integers(question, "input_ids", rows * tokens),
                mask,
                integers(question, "token_type_ids", rows * tokens),
                rows,
                tokens);
    float[] values = hidden.values;
    long[] shape =
        output().equals("logits")
            ? new long[] {rows, dimensions}
            : new long[] {rows, tokens, dimensions};
    if ("yes".equals(options.get("company"))) {
      for (int i = 0; i < values.length; i++) {
        values[i] += i % 2 * (rows - 1);
      }
    }
    if (isPooled()) {
      shape = new long[] {rows, dimensions};
      values = new float[rows * dimensions];
      for (int row = 0; row < rows; row++) {
        System.arraycopy(
            PlainModel.meanOf(hidden, mask, row), 0, values, row * dimensions, dimensions);
      }
    }
    if (faults.take("nan")) {
      values[0] = Float.NaN;
    }
    if (faults.take("shape")) {
      shape[0]++;
    }
    if (faults.take("short")) {
      values = Arrays.copyOf(values, values.length - 1);
    }
    return reply(question, values, shape);
  }

  private Reply reply(Question question, float[] values, long[] shape) {
    String name = faults.take("name") ? "something" : output();
    Tensor.Builder tensor = Tensor.newBuilder().setName(name).setDatatype(type());
    for (long dimension : shape) {
      tensor.addShape(dimension);
    }
    Reply.Builder reply =
        Reply.newBuilder().setModelName(question.getModelName()).setModelVersion("1");
    if ("yes".equals(options.get("contents"))) {
      Contents.Builder contents = Contents.newBuilder();
      for (float value : values) {
        contents.addFp32Contents(value);
      }
      return reply.addOutputs(tensor.setContents(contents)).build();
    }
    ByteString raw = raw(values);
    if (SharedRegions.isIn(question.getOutputs(0).getParametersMap())) {
      faults.count("shared");
      memory.write(question.getOutputs(0).getParametersMap(), raw);
      return reply
          .addOutputs(tensor.putAllParameters(question.getOutputs(0).getParametersMap()))
          .build();
    }
    return reply.addOutputs(tensor).addRawOutputContents(raw).build();
  }

  private ByteString raw(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      switch (type()) {
        case "FP16" -> bytes.putShort(half(value));
        case "BF16" -> bytes.putShort((short) (Float.floatToIntBits(value) >>> 16));
        default -> bytes.putFloat(value);
      }
    }
    return ByteString.copyFrom(bytes.flip());
  }

  /** Cut and not rounded; for numbers of middling size and NaN. */
  private static short half(float value) {
    int bits = Float.floatToIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    if (Float.isNaN(value)) {
      return (short) 0x7e00;
    }
    int exponent = ((bits >>> 23) & 0xff) - 112;
    return (short) (exponent <= 0 ? sign : sign | (exponent << 10) | ((bits >>> 13) & 0x3ff));
  }

  private long[] integers(Question question, String name, int count) {
    for (int i = 0; i < question.getInputsCount(); i++) {
      Tensor tensor = question.getInputs(i);
      if (tensor.getName().equals(name)) {
        boolean narrow = tensor.getDatatype().equals("INT32");
        ByteBuffer raw =
            (SharedRegions.isIn(tensor.getParametersMap())
                    ? memory.read(tensor.getParametersMap())
                    : question.getRawInputContents(i).asReadOnlyByteBuffer())
                .order(ByteOrder.LITTLE_ENDIAN);
        if (raw.remaining() != count * (narrow ? 4 : 8)) {
          throw new IllegalArgumentException(name + " has " + raw.remaining() + " bytes");
        }
        long[] values = new long[count];
        for (int v = 0; v < count; v++) {
          values[v] = narrow ? raw.getInt() : raw.getLong();
        }
        return values;
      }
    }
    throw new IllegalArgumentException("no input " + name);
  }

  static <Q extends Message, A extends Message> MethodDescriptor<Q, A> method(
      String name, Q question, A answer) {
    return MethodDescriptor.newBuilder(new Bytes<>(question), new Bytes<>(answer))
        .setType(MethodType.UNARY)
        .setFullMethodName("inference.GRPCInferenceService/" + name)
        .build();
  }

  private record Bytes<M extends Message>(M example) implements Marshaller<M> {

    @Override
    public InputStream stream(M message) {
      return new ByteArrayInputStream(message.toByteArray());
    }

    @Override
    @SuppressWarnings("unchecked")
    public M parse(InputStream stream) {
      try {
        return (M) example.getParserForType().parseFrom(stream);
      } catch (IOException malformed) {
        throw new UncheckedIOException(malformed);
      }
    }
  }

  /** Asks for the token, if there is one. */
  private final class Guard implements ServerInterceptor {

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      String token = options.get("token");
      String given =
          headers.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER));
      if (token != null && !("Bearer " + token).equals(given)) {
        call.close(Status.UNAUTHENTICATED.withDescription("no such token"), new Metadata());
        return new ServerCall.Listener<>() {};
      }
      return next.startCall(call, headers);
    }
  }
}
