/**
 * Servers that speak the Open Inference Protocol v2 over gRPC, such as Triton and KServe: {@code
 * oip+grpc://HOST:PORT} and {@code oip+grpcs://HOST:PORT}.
 */
@NullMarked
package dev.millrace.accelerator.oip;

import org.jspecify.annotations.NullMarked;
