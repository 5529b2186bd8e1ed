package dev.millrace.accelerator.oip;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.millrace.accelerator.oip.proto.ModelInferRequest;
import dev.millrace.accelerator.oip.proto.ModelInferResponse;
import dev.millrace.accelerator.oip.proto.ModelMetadataRequest;
import dev.millrace.accelerator.oip.proto.ModelMetadataResponse;
import dev.millrace.accelerator.oip.proto.ModelReadyRequest;
import dev.millrace.accelerator.oip.proto.ModelReadyResponse;
import dev.millrace.accelerator.oip.proto.SystemSharedMemoryRegisterRequest;
import dev.millrace.accelerator.oip.proto.SystemSharedMemoryRegisterResponse;
import dev.millrace.accelerator.oip.proto.SystemSharedMemoryStatusRequest;
import dev.millrace.accelerator.oip.proto.SystemSharedMemoryStatusResponse;
import dev.millrace.accelerator.oip.proto.SystemSharedMemoryUnregisterRequest;
import dev.millrace.accelerator.oip.proto.SystemSharedMemoryUnregisterResponse;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The calls of the protocol's service. */
final class OipProtocol {

  private static final String SERVICE = "inference.GRPCInferenceService";

  static final MethodDescriptor<ModelReadyRequest, ModelReadyResponse> MODEL_READY =
      unary(
          "ModelReady",
          new Messages<>(ModelReadyRequest.parser()),
          new Messages<>(ModelReadyResponse.parser()));

  static final MethodDescriptor<ModelMetadataRequest, ModelMetadataResponse> MODEL_METADATA =
      unary(
          "ModelMetadata",
          new Messages<>(ModelMetadataRequest.parser()),
          new Messages<>(ModelMetadataResponse.parser()));

  static final MethodDescriptor<SystemSharedMemoryStatusRequest, SystemSharedMemoryStatusResponse>
      MEMORY_STATUS =
          unary(
              "SystemSharedMemoryStatus",
              new Messages<>(SystemSharedMemoryStatusRequest.parser()),
              new Messages<>(SystemSharedMemoryStatusResponse.parser()));

  static final MethodDescriptor<
          SystemSharedMemoryRegisterRequest, SystemSharedMemoryRegisterResponse>
      MEMORY_REGISTER =
          unary(
              "SystemSharedMemoryRegister",
              new Messages<>(SystemSharedMemoryRegisterRequest.parser()),
              new Messages<>(SystemSharedMemoryRegisterResponse.parser()));

  static final MethodDescriptor<
          SystemSharedMemoryUnregisterRequest, SystemSharedMemoryUnregisterResponse>
      MEMORY_UNREGISTER =
          unary(
              "SystemSharedMemoryUnregister",
              new Messages<>(SystemSharedMemoryUnregisterRequest.parser()),
              new Messages<>(SystemSharedMemoryUnregisterResponse.parser()));

  /** The call that infers, for a message that is small. */
  static final MethodDescriptor<ModelInferRequest, ModelInferResponse> SMALL_MODEL_INFER =
      modelInfer(
          new Messages<>(ModelInferRequest.parser()), new Messages<>(ModelInferResponse.parser()));

  private OipProtocol() {}

  /** The call that infers, with marshallers that know where a batch's memory lies. */
  static <Q, A> MethodDescriptor<Q, A> modelInfer(Marshaller<Q> request, Marshaller<A> response) {
    return unary("ModelInfer", request, response);
  }

  private static <Q, A> MethodDescriptor<Q, A> unary(
      String method, Marshaller<Q> request, Marshaller<A> response) {
    return MethodDescriptor.newBuilder(request, response)
        .setType(MethodType.UNARY)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, method))
        .build();
  }

  /** For messages that are small. */
  private record Messages<M extends MessageLite>(Parser<M> parser) implements Marshaller<M> {

    @Override
    public InputStream stream(M message) {
      return new ByteArrayInputStream(message.toByteArray());
    }

    @Override
    public M parse(InputStream stream) {
      try {
        return parser.parseFrom(stream);
      } catch (IOException malformed) {
        throw Status.INTERNAL
            .withDescription("The answer is no message of the protocol.")
            .withCause(malformed)
            .asRuntimeException();
      }
    }
  }
}
