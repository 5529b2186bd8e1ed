package dev.millrace.schemas;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives each test an allocator of its own, and fails the test that leaves bytes in it. */
public final class ArrowMemory implements BeforeEachCallback, AfterEachCallback, ParameterResolver {

  private static final Namespace NAMESPACE = Namespace.create(ArrowMemory.class);

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(NAMESPACE).put(BufferAllocator.class, new RootAllocator());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    BufferAllocator allocator =
        context.getStore(NAMESPACE).remove(BufferAllocator.class, BufferAllocator.class);
    if (context.getExecutionException().isEmpty()) {
      // Closing it fails with what is still held.
      allocator.close();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == BufferAllocator.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context.getStore(NAMESPACE).get(BufferAllocator.class, BufferAllocator.class);
  }
}
