package dev.millrace.operators;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;

/** Any tokenizer that Hugging Face's own library knows, through DJL. */
final class HuggingFaceLibraryTokenizer implements Tokenizer {

  private final HuggingFaceTokenizer tokenizer;

  HuggingFaceLibraryTokenizer(Model model) {
    neverDownload();
    try {
      HuggingFaceLibrary.load();
      this.tokenizer =
          HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(model.tokenizerJson()),
              Map.of(
                  "addSpecialTokens", "true",
                  "padding", "false",
                  "truncation", "true",
                  "modelMaxLength", Integer.toString(model.text().maxTokens()),
                  "maxLength", Integer.toString(model.text().maxTokens())));
    } catch (IOException | RuntimeException failure) {
      throw new AcceleratorException(
          Category.MODEL,
          "The tokenizer of the model '"
              + model.name()
              + "' cannot be loaded: "
              + failure.getMessage()
              + ". Export the model's tokenizer.json anew with Hugging Face's tokenizers.",
          failure);
    } catch (LinkageError notHere) {
      throw new AcceleratorException(
          Category.MODEL,
          "The tokenizer of the model '"
              + model.name()
              + "' needs Hugging Face's native library, which cannot be loaded: "
              + notHere.getMessage()
              + ". It runs on Linux x86-64 with glibc; in a container with another one, or where"
              + " temporary files must not be executed, set -Djava.io.tmpdir or take another"
              + " image.",
          notHere);
    }
  }

  /** On a host with a GPU the library would fetch a CUDA build from the network. */
  private static void neverDownload() {
    for (Map.Entry<String, String> setting :
        Map.of("RUST_FLAVOR", "cpu", "ai.djl.offline", "true").entrySet()) {
      if (System.getProperty(setting.getKey()) == null) {
        System.setProperty(setting.getKey(), setting.getValue());
      }
    }
  }

  @Override
  public int encode(TextUnits text, TokenBuffer into) {
    if (!text.isPair()) {
      long[] ids = tokenizer.encode(text.first(), true, false).getIds();
      into.append(ids);
      return ids.length;
    }
    Encoding pair = tokenizer.encode(text.first(), text.second(), true, false);
    long[] ids = pair.getIds();
    long[] types = pair.getTypeIds();
    for (int i = 0; i < ids.length; i++) {
      if (types[i] == 1 && (i == 0 || types[i - 1] == 0)) {
        into.beginSecond();
      } else if (i > 0 && types[i] != types[i - 1]) {
        throw new AcceleratorException(
            Category.MODEL,
            "The model's tokenizer gives a pair of texts the token types "
                + Arrays.toString(types)
                + ". What can be run has 0 for the first text and 1 for the second, or 0 for both.");
      }
      into.append(ids[i]);
    }
    return ids.length;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
