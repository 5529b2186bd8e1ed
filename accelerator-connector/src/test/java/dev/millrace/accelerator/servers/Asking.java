package dev.millrace.accelerator.servers;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.onnx.TokenBatches;
import dev.millrace.accelerator.onnx.Vectors;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What tests of connectors do with a server: open a session, ask, see it fail. */
public final class Asking {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Asking() {}

  /** A session of the model of that folder; the caller closes it. */
  public static InferenceSession open(String uri, Path model) {
    return open(uri, model, SessionOptions.defaults());
  }

  /** The same, with options. */
  public static InferenceSession open(String uri, Path model, SessionOptions options) {
    return Sessions.open(AcceleratorUri.parse(uri), Models.resolve(model.toString()), options);
  }

  /** That a session cannot be opened, and why. */
  public static void requireNoSession(
      String uri, Path model, Category category, String... messages) {
    AcceleratorException failure =
        catchThrowableOfType(AcceleratorException.class, () -> open(uri, model).close());
    assertThat(failure).as(uri).isNotNull().hasMessageContainingAll(messages);
    assertThat(failure.category()).as(failure.getMessage()).isEqualTo(category);
  }

  /** The vectors of rows. */
  public static List<float[]> ask(InferenceSession session, List<long[]> rows) {
    try (MemoryScope scope = MemoryScope.open("asking");
        ArrowBatch batch = TokenBatches.of(scope, rows);
        ArrowBatch answer = requireNonNull(session.infer(batch).block(PATIENCE))) {
      return Vectors.of(answer);
    }
  }

  /** That rows have no vectors, and why. */
  public static void requireFailure(
      InferenceSession session, List<long[]> rows, Category category, String... messages) {
    AcceleratorException failure =
        catchThrowableOfType(AcceleratorException.class, () -> ask(session, rows));
    assertThat(failure).isNotNull().hasMessageContainingAll(messages);
    assertThat(failure.category()).as(failure.getMessage()).isEqualTo(category);
  }
}
