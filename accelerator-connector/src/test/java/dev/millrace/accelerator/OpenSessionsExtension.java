package dev.millrace.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * After every test of every module: no session is open that was not open before it. It registers
 * itself.
 *
 * <p>It waits a while, since a pool closes the sessions of its devices in the background.
 */
public final class OpenSessionsExtension implements BeforeEachCallback, AfterEachCallback {

  private static final Namespace NAMESPACE = Namespace.create(OpenSessionsExtension.class);
  private static final String BEFORE = "before";

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(NAMESPACE).put(BEFORE, Sessions.openCount());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      // The test's own failure is the one to read; what it left behind follows from it.
      return;
    }
    int before = context.getStore(NAMESPACE).get(BEFORE, Integer.class);
    await("sessions are closed")
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(Sessions.openCount()).isLessThanOrEqualTo(before));
  }
}
