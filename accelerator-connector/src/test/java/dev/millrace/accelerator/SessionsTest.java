package dev.millrace.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.onnx.ModelFolders;
import dev.millrace.accelerator.onnx.TinyModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sessions are shared and counted. */
class SessionsTest {

  private static final AcceleratorUri CPU = AcceleratorUri.parse("onnx:cpu");

  @TempDir Path folder;

  @Test
  void whoAsksForTheSameGetsTheSame() {
    Model model = Models.resolve(ModelFolders.of(folder, TinyModel.of(13)).toString());
    Model again = Models.resolve(folder.toString());
    InferenceSession first = Sessions.open(CPU, model, SessionOptions.defaults());
    InferenceSession second = Sessions.open(CPU, again, SessionOptions.defaults());
    assertThat(Sessions.openCount()).isEqualTo(1);
    assertThat(second.model()).isSameAs(first.model());
    InferenceSession other =
        Sessions.open(
            CPU, model, SessionOptions.defaults().withBatchInvariance(BatchInvariance.RELAXED));
    assertThat(Sessions.openCount()).isEqualTo(2);
    other.close();
    assertThat(Sessions.openCount()).isEqualTo(1);
    first.close();
    first.close();
    assertThat(Sessions.openCount()).isEqualTo(1);
    second.close();
  }

  @Test
  void manyThatAskAtOnceLoadOnce() {
    Model model = Models.resolve("minilm");
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<CompletableFuture<InferenceSession>> opening = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        opening.add(
            CompletableFuture.supplyAsync(
                () -> Sessions.open(CPU, model, SessionOptions.defaults()), threads));
      }
      List<InferenceSession> open = opening.stream().map(CompletableFuture::join).toList();
      assertThat(Sessions.openCount()).isEqualTo(1);
      assertThat(
              Thread.getAllStackTraces().keySet().stream()
                  .filter(thread -> thread.getName().startsWith("millrace onnx:cpu minilm")))
          .as("threads of one session")
          .hasSize(SessionOptions.defaults().parallelism());
      open.forEach(InferenceSession::close);
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void whatCannotBeLoadedLeavesNothing() {
    TinyModel broken = TinyModel.of(13).renameInput(0, "nothing");
    Model model = Models.resolve(ModelFolders.of(folder, broken).toString());
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<CompletableFuture<Category>> failing = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        failing.add(
            CompletableFuture.supplyAsync(
                () ->
                    catchThrowableOfType(
                            AcceleratorException.class,
                            () -> Sessions.open(CPU, model, SessionOptions.defaults()))
                        .category(),
                threads));
      }
      assertThat(failing.stream().map(CompletableFuture::join)).containsOnly(Category.MODEL);
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void anUnknownSchemeListsThoseThatThereAre() {
    AcceleratorException failure =
        catchThrowableOfType(
            AcceleratorException.class, () -> Sessions.validate(AcceleratorUri.parse("abacus:0")));
    assertThat(failure.category()).isEqualTo(Category.CONFIGURATION);
    assertThat(failure)
        .hasMessageContaining("'abacus'")
        .hasMessageContaining(" onnx, ")
        .hasMessageNotContaining("pool");
  }

  @Test
  void anUnknownTargetSaysWhatCanBeReached() {
    AcceleratorException failure =
        catchThrowableOfType(
            AcceleratorException.class, () -> Sessions.validate(AcceleratorUri.parse("onnx:gpu")));
    assertThat(failure.category()).isEqualTo(Category.CONFIGURATION);
    assertThat(failure)
        .hasMessageContaining("'onnx:gpu'")
        .hasMessageContaining("onnx:cpu, onnx:cuda:N, onnx:tensorrt:N");
  }

  @Test
  void anUnknownParameterIsNamedWithoutItsValue() {
    AcceleratorException failure =
        catchThrowableOfType(
            AcceleratorException.class,
            () -> Sessions.validate(AcceleratorUri.parse("onnx:cpu?threads=4&token=secret")));
    assertThat(failure.category()).isEqualTo(Category.CONFIGURATION);
    assertThat(failure).hasMessageContaining("threads, token").hasMessageNotContaining("secret");
  }

  @ParameterizedTest
  @CsvSource({
    "intra-op-threads=0, 'intra-op-threads=0. It must be a number from 1 to 1024'",
    "callers=many, 'callers=many. It must be a number from 1 to 1024'",
    "spinning=yes, 'spinning=yes. It must be true or false'"
  })
  void aParameterWithAWrongValueIsNamed(String parameter, String message) {
    AcceleratorException failure =
        catchThrowableOfType(
            AcceleratorException.class,
            () -> Sessions.validate(AcceleratorUri.parse("onnx:cpu?" + parameter)));
    assertThat(failure.category()).isEqualTo(Category.CONFIGURATION);
    assertThat(failure).hasMessageContaining(message);
  }

  @Test
  void callersAreTheThreadsOfASession() {
    Model model = Models.resolve(ModelFolders.of(folder, TinyModel.of(13)).toString());
    AcceleratorUri uri =
        AcceleratorUri.parse("onnx:cpu?callers=3&intra-op-threads=2&spinning=true");
    try (InferenceSession session = Sessions.open(uri, model, SessionOptions.defaults())) {
      assertThat(session.parallelism()).isEqualTo(3);
      assertThat(
              Thread.getAllStackTraces().keySet().stream()
                  .filter(thread -> thread.getName().startsWith("millrace onnx:cpu")))
          .hasSize(3);
    }
  }
}
