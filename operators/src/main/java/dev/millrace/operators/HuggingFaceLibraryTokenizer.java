package dev.millrace.operators;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
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
  public int encode(TextUnits text, TokenBuffer into, TokenPlaces places) {
    Encoding encoding = tokenizer.encode(text.first(), true, false);
    int[] units = unitsOfChars(text);
    places.clear();
    for (CharSpan span : encoding.getCharTokenSpans()) {
      if (span == null) {
        places.addOutside(1);
      } else {
        places.add(units[span.getStart()], units[span.getEnd()]);
      }
    }
    into.append(encoding.getIds());
    return encoding.getIds().length;
  }

  /** Where each char of the library, which is a code point, begins, and where the last one ends. */
  static int[] unitsOfChars(TextUnits text) {
    boolean broken = text.hasHalfPair();
    int[] units = new int[text.length() * 3 + 1];
    int chars = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.units()[i];
      if (!broken && Character.isHighSurrogate(c)) {
        units[chars++] = i++;
        continue;
      }
      // As the library reads what is no UTF-8: each byte is a char.
      int bytes = !broken ? 1 : Character.isSurrogate(c) ? 3 : c == 0 ? 2 : 1;
      for (int b = 0; b < bytes; b++) {
        units[chars++] = i;
      }
    }
    units[chars] = text.length();
    return units;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
