package dev.millrace.accelerator.servers;

import com.google.protobuf.ByteString;
import dev.millrace.accelerator.servers.proto.Empty;
import dev.millrace.accelerator.servers.proto.Named;
import dev.millrace.accelerator.servers.proto.Parameter;
import dev.millrace.accelerator.servers.proto.Region;
import dev.millrace.accelerator.servers.proto.Regions;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Memory that clients have shared with the server of a test. */
final class SharedRegions {

  private final Map<String, ByteBuffer> regions = new ConcurrentHashMap<>();

  void addTo(ServerServiceDefinition.Builder service, Faults faults) {
    service.addMethod(
        OipTestServer.method(
            "SystemSharedMemoryStatus", Named.getDefaultInstance(), Regions.getDefaultInstance()),
        ServerCalls.asyncUnaryCall(
            (named, observer) -> {
              observer.onNext(Regions.getDefaultInstance());
              observer.onCompleted();
            }));
    service.addMethod(
        OipTestServer.method(
            "SystemSharedMemoryRegister", Region.getDefaultInstance(), Empty.getDefaultInstance()),
        ServerCalls.asyncUnaryCall(
            (region, observer) -> {
              try {
                regions.put(region.getName(), map(region));
                observer.onNext(Empty.getDefaultInstance());
                observer.onCompleted();
              } catch (IOException unreachable) {
                observer.onError(
                    Status.INVALID_ARGUMENT
                        .withDescription(unreachable.toString())
                        .asRuntimeException());
              }
            }));
    service.addMethod(
        OipTestServer.method(
            "SystemSharedMemoryUnregister", Named.getDefaultInstance(), Empty.getDefaultInstance()),
        ServerCalls.asyncUnaryCall(
            (named, observer) -> {
              if (regions.remove(named.getName()) != null) {
                faults.count("unregistered");
              }
              observer.onNext(Empty.getDefaultInstance());
              observer.onCompleted();
            }));
  }

  private static ByteBuffer map(Region region) throws IOException {
    try (FileChannel file =
        FileChannel.open(
            Path.of("/dev/shm" + region.getKey()),
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      return file.map(FileChannel.MapMode.READ_WRITE, region.getOffset(), region.getByteSize());
    }
  }

  static boolean isIn(Map<String, Parameter> parameters) {
    return parameters.containsKey("shared_memory_region");
  }

  ByteBuffer read(Map<String, Parameter> parameters) {
    Parameter size = parameters.get("shared_memory_byte_size");
    return at(parameters, size == null ? -1 : size.getInt64Value());
  }

  void write(Map<String, Parameter> parameters, ByteString bytes) {
    bytes.copyTo(at(parameters, bytes.size()));
  }

  private ByteBuffer at(Map<String, Parameter> parameters, long size) {
    Parameter name = parameters.get("shared_memory_region");
    Parameter offset = parameters.get("shared_memory_offset");
    ByteBuffer region = name == null ? null : regions.get(name.getStringValue());
    if (region == null) {
      throw Status.NOT_FOUND
          .withDescription("Unable to find shared memory region: '" + name + "'")
          .asRuntimeException();
    }
    return region.slice((int) (offset == null ? 0 : offset.getInt64Value()), Math.toIntExact(size));
  }
}
