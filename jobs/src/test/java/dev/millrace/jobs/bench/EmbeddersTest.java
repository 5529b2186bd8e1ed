package dev.millrace.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.onnx.OnnxGraphs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is compared gives the same vectors: nobody is faster by doing less. */
final class EmbeddersTest {

  private static final List<String> TEXTS =
      List.of("white metal lantern", "a red mug, as a gift for my mother", "tea");

  private static void assertAlike(float[] vector, float[] other, double least) {
    double product = 0;
    for (int i = 0; i < vector.length; i++) {
      product += vector[i] * other[i];
    }
    assertThat(product).isBetween(least, 1.0001);
  }

  @Test
  void theFp32PeersAndTheLimitAgree() throws Exception {
    String folder;
    try (Fp32Model fp32 = new Fp32Model()) {
      folder = fp32.folder();
      Model model = Models.resolve(folder);
      byte[] graph = OnnxGraphs.prepare(model, SessionOptions.defaults());
      try (HuggingFaceIds tokenizer = new HuggingFaceIds(model);
          BareRuntime bare = new BareRuntime(graph, new BareRuntime.Setup(1, 1, false));
          Embedder shipped = LangChain.asShipped(true);
          Embedder tuned = LangChain.tuned(model);
          Embedder djl = new DjlAndRuntime(model)) {
        float[][] exact = bare.vectors(tokenizer.ids(TEXTS), BareRuntime.ALONE);
        float[][] batched = bare.vectors(tokenizer.ids(TEXTS), 64);
        for (int i = 0; i < TEXTS.size(); i++) {
          assertAlike(batched[i], exact[i], 0.9999);
          assertAlike(shipped.embed(TEXTS).get(i), exact[i], 0.9999);
          assertAlike(tuned.embed(TEXTS).get(i), exact[i], 0.9999);
          assertAlike(djl.embed(TEXTS).get(i), exact[i], 0.9999);
          // Again, in the buffer of before.
          assertAlike(djl.embed(TEXTS.subList(i, i + 1)).get(0), exact[i], 0.9999);
        }
      }
    }
    assertThat(Files.exists(Path.of(folder))).isFalse();
  }

  @Test
  void theInt8PeersAreNearTheLimit() throws Exception {
    Model model = Models.resolve("minilm");
    byte[] graph = OnnxGraphs.prepare(model, SessionOptions.defaults());
    try (HuggingFaceIds tokenizer = new HuggingFaceIds(model);
        BareRuntime bare = new BareRuntime(graph, new BareRuntime.Setup(2, 1, false));
        Embedder shipped = LangChain.asShipped(false);
        Embedder djl = new DjlAndRuntime(model)) {
      float[][] ours = bare.vectors(tokenizer.ids(TEXTS), BareRuntime.ALONE);
      for (int i = 0; i < TEXTS.size(); i++) {
        assertAlike(shipped.embed(TEXTS).get(i), ours[i], 0.97);
        assertAlike(djl.embed(TEXTS.subList(i, i + 1)).get(0), ours[i], 0.97);
      }
    }
  }

  @Test
  void theLimitRunsEachTextOnceAndIsLoadedAnewForOthers() throws Exception {
    Model model = Models.resolve("minilm");
    byte[] graph = OnnxGraphs.prepare(model, SessionOptions.defaults());
    try (HuggingFaceIds tokenizer = new HuggingFaceIds(model);
        BareRuntime bare = new BareRuntime(graph, new BareRuntime.Setup(2, 1, false))) {
      bare.load(tokenizer.ids(TEXTS), 64);
      assertThat(bare.run()).isPositive();
      bare.load(tokenizer.ids(TEXTS.subList(0, 1)), BareRuntime.ALONE);
      assertThat(bare.run()).isPositive();
      assertThat(bare.aloneNanos(tokenizer.ids(TEXTS)[1], 3)).isPositive();
    }
  }

  @Test
  void ratesAreOfWhatWasDone() {
    Model model = Models.resolve("minilm");
    try (HuggingFaceIds library = new HuggingFaceIds(model)) {
      TextTokeniser one =
          new TextTokeniser() {
            @Override
            public int encode(String text) {
              return library.ids(List.of(text))[0].length;
            }

            @Override
            public void close() {}
          };
      List<String> texts = new MadeUpTexts(1).titles();
      assertThat(TokeniserRate.of(one, texts, 0.1)).isPositive();
      assertThat(TokeniserRate.of(library, texts, 0.1)).isPositive();
    }
  }

  @Test
  void whatThisThreadAllocatesIsCounted() throws Exception {
    long before = Usage.allocatedByThis();
    byte[] block = new byte[1 << 20];
    long after = Usage.allocatedByThis();
    assertThat((double) (after - before)).isCloseTo(block.length, within(block.length * 0.5));
    assertThat(Usage.residentBytes()).isGreaterThan(block.length);
    assertThat(Usage.processCpuNanos()).isPositive();
  }
}
