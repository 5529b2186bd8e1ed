package dev.millrace.jobs.bench;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.millrace.accelerator.Model;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** A model's own tokenizer, run by Hugging Face's library. Safe for use by several threads. */
final class HuggingFaceIds implements AutoCloseable {

  private static final int AT_ONCE = 256;

  static {
    // On a host with a GPU the library would fetch a CUDA build from the network.
    System.setProperty("RUST_FLAVOR", System.getProperty("RUST_FLAVOR", "cpu"));
    System.setProperty("ai.djl.offline", System.getProperty("ai.djl.offline", "true"));
  }

  private final HuggingFaceTokenizer tokenizer;

  HuggingFaceIds(Model model) {
    try {
      tokenizer =
          HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(model.tokenizerJson()),
              Map.of(
                  "addSpecialTokens", "true",
                  "padding", "false",
                  "truncation", "true",
                  "modelMaxLength", Integer.toString(model.text().maxTokens()),
                  "maxLength", Integer.toString(model.text().maxTokens())));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The encodings of several texts, without padding. */
  Encoding[] encode(List<String> texts) {
    return tokenizer.batchEncode(texts);
  }

  /** The ids of each text, special ones included. */
  long[][] ids(List<String> texts) {
    long[][] ids = new long[texts.size()][];
    for (int from = 0; from < ids.length; from += AT_ONCE) {
      Encoding[] some = encode(texts.subList(from, Math.min(ids.length, from + AT_ONCE)));
      for (int i = 0; i < some.length; i++) {
        ids[from + i] = some[i].getIds();
      }
    }
    return ids;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
