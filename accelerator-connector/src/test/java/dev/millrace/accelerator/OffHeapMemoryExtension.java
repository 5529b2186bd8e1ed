package dev.millrace.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * After every test of every module: no off-heap byte is held, no reference to a batch was dropped
 * without being closed. It registers itself.
 *
 * <p>It waits a while, since a device may still be answering a task that gave up on it.
 */
public final class OffHeapMemoryExtension implements AfterEachCallback {

  private static volatile long lost;

  @Override
  public void afterEach(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      // The test's own failure is the one to read; what it left behind follows from it.
      return;
    }
    try {
      await("off-heap memory is back")
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () ->
                  assertThat(OffHeapMemory.allocatedBytes())
                      .as(OffHeapMemory.describe())
                      .isLessThanOrEqualTo(lost));
      assertThat(ArrowBatch.abandonedReferences()).as("references dropped, not closed").isZero();
    } finally {
      // What one test lost is told once, and not by each test after it.
      lost = OffHeapMemory.allocatedBytes();
      long unused = ArrowBatch.resetAbandonedReferences();
    }
  }
}
