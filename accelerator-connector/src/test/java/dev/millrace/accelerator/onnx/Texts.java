package dev.millrace.accelerator.onnx;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.SharedData;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Texts to embed, and their tokens. */
public final class Texts {

  private static final List<String> WORDS =
      List.of(
          "white",
          "hanging",
          "heart",
          "t-light",
          "holder",
          "red",
          "woolly",
          "hottie",
          "set",
          "of",
          "6",
          "metal",
          "lantern",
          "vintage",
          "café",
          "naïve",
          "Union",
          "Jack",
          "doormat",
          "glass",
          "star",
          "frosted",
          "party",
          "bunting",
          "retrospot",
          "bag",
          "lunch",
          "box",
          "10cm",
          "&");

  private Texts() {}

  /** Texts of 1 to {@code longest} words, the same for the same seed. */
  public static List<String> generated(int count, int longest, long seed) {
    Random random = new Random(seed);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder();
      int words = 1 + random.nextInt(longest);
      for (int word = 0; word < words; word++) {
        text.append(word == 0 ? "" : " ").append(WORDS.get(random.nextInt(WORDS.size())));
      }
      texts.add(text.toString());
    }
    return texts;
  }

  /** The first distinct real descriptions. The test skips itself where they are not. */
  public static List<String> realDescriptions(int count) {
    return distinct(SharedData.onlineRetail().resolve("2010-12.csv.gz"), "Description", count);
  }

  /** The first distinct real reviews. The test skips itself where they are not. */
  public static List<String> realReviews(int count) {
    return distinct(SharedData.reviews(), "Review Text", count);
  }

  private static List<String> distinct(Path file, String columnName, int count) {
    Set<String> texts = new LinkedHashSet<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      List<String> header = fields(in.readLine());
      int column = header.indexOf(columnName);
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        List<String> fields = fields(line);
        if (fields.size() == header.size() && !fields.get(column).isBlank()) {
          texts.add(fields.get(column));
          if (texts.size() == count) {
            break;
          }
        }
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return List.copyOf(texts);
  }

  private static List<String> fields(@Nullable String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (char c : (line == null ? "" : line).toCharArray()) {
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields;
  }

  /** Each text's ids, not padded, cut as the model says. */
  public static List<long[]> tokens(Model model, List<String> texts) {
    Map<String, String> options =
        Map.of(
            "padding", "false",
            "truncation", "true",
            "maxLength", Integer.toString(model.text().maxTokens()));
    try (HuggingFaceTokenizer tokenizer =
        HuggingFaceTokenizer.newInstance(
            new ByteArrayInputStream(model.tokenizerJson()), options)) {
      List<long[]> tokens = new ArrayList<>();
      for (String text : texts) {
        Encoding encoding = tokenizer.encode(text);
        tokens.add(encoding.getIds());
      }
      return tokens;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
