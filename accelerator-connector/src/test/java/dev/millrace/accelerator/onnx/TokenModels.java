package dev.millrace.accelerator.onnx;

import static java.util.Objects.requireNonNull;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Models that put labels on tokens, which tests build, with MiniLM's tokenizer. And a plain loop
 * over the runtime to compare with.
 */
public final class TokenModels {

  /** What tests use unless they say otherwise. */
  public static final List<String> LABELS = List.of("O", "B-PER", "I-PER", "B-LOC", "I-LOC");

  static final int VOCABULARY = 30_522;
  private static final int DIMENSIONS = 384;

  private TokenModels() {}

  /** A part of a text, in UTF-16 code units, by the plain loop. */
  public record Span(String label, float score, int start, int end) {}

  /** A model that looks each token's numbers up, and so is small and quick. */
  public static Path table(Path folder, List<String> labels) {
    ModelFolders.write(folder, "sentence_bert_config.json", "{\"max_seq_length\": 256}");
    try (InputStream tokenizer =
        TokenModels.class.getResourceAsStream("/all-minilm-l6-v2-tokenizer.json")) {
      ModelFolders.write(folder, "tokenizer.json", requireNonNull(tokenizer).readAllBytes());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    ModelFolders.write(
        folder, "onnx/model.onnx", table(random(VOCABULARY, labels.size(), 1)).bytes());
    return configured(folder, labels);
  }

  /** The same with the few tokens of {@link TinyModel}, and so with three labels. */
  public static Path tiny(Path folder, List<String> labels) {
    ModelFolders.of(folder, table(TinyModel.TABLE));
    return configured(folder, labels);
  }

  /** Makes NaN of what a table says of a token. */
  public static void spoil(Path folder, int labels, int token) {
    float[][] numbers = random(VOCABULARY, labels, 1);
    numbers[token][labels - 1] = Float.NaN;
    ModelFolders.write(folder, "onnx/model.onnx", table(numbers).bytes());
  }

  private static TinyModel table(float[][] numbers) {
    TinyModel tiny = TinyModel.of(13, numbers);
    tiny.graph().getNodeBuilder(0).setOutput(0, "logits");
    tiny.graph().getOutputBuilder(0).setName("logits");
    return tiny;
  }

  /** The fp32 MiniLM with a linear head on each token. */
  public static Path headed(Path folder, List<String> labels) {
    ModelFolders.fp32MiniLm(folder);
    Path file = folder.resolve("onnx/model.onnx");
    try {
      ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(file)).toBuilder();
      GraphProto.Builder graph = model.getGraphBuilder();
      graph
          .addInitializer(
              TinyModel.tensor("head_weights", random(DIMENSIONS, labels.size(), 0.25f)))
          .addNode(TinyModel.node("MatMul", "logits", graph.getOutput(0).getName(), "head_weights"))
          .clearOutput()
          .addOutput(TinyModel.value("logits", TinyModel.FLOAT, 3));
      Files.write(file, model.build().toByteArray());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return configured(folder, labels);
  }

  static float[][] random(int rows, int columns, float scale) {
    Random random = new Random(columns);
    float[][] numbers = new float[rows][columns];
    for (float[] row : numbers) {
      for (int i = 0; i < columns; i++) {
        row[i] = (float) random.nextGaussian() * scale;
      }
    }
    return numbers;
  }

  private static Path configured(Path folder, List<String> labels) {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < labels.size(); i++) {
      names.append(i == 0 ? "" : ", ").append("\"%d\": \"%s\"".formatted(i, labels.get(i)));
    }
    ModelFolders.write(
        folder,
        "config.json",
        "{\"architectures\": [\"BertForTokenClassification\"], \"model_type\": \"bert\","
            + " \"id2label\": {"
            + names
            + "}, \"max_position_embeddings\": 512}");
    return folder;
  }

  /**
   * The spans in each text: Hugging Face's tokenizer and the graph as it lies in the folder, text
   * by text, and transformers' way of grouping tokens, step by step as it has them.
   */
  public static List<List<Span>> spans(
      Path folder, List<String> labels, List<String> texts, int maxTokens) throws Exception {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    List<List<Span>> spans = new ArrayList<>();
    try (HuggingFaceTokenizer tokenizer =
            HuggingFaceTokenizer.newInstance(
                folder.resolve("tokenizer.json"),
                Map.of("truncation", "true", "maxLength", "" + maxTokens, "padding", "false"));
        OrtSession session =
            environment.createSession(folder.resolve("onnx/model.onnx").toString())) {
      for (String text : texts) {
        Encoding encoding = tokenizer.encode(text);
        long[] shape = {1, encoding.getIds().length};
        try (OnnxTensor ids = tensor(environment, encoding.getIds(), shape);
            OnnxTensor mask = tensor(environment, encoding.getAttentionMask(), shape);
            OnnxTensor types = tensor(environment, encoding.getTypeIds(), shape);
            OrtSession.Result result =
                session.run(
                    Map.of("input_ids", ids, "attention_mask", mask, "token_type_ids", types))) {
          float[][] logits = ((float[][][]) result.get(0).getValue())[0];
          spans.add(group(entities(text, encoding, logits, labels)));
        }
      }
    }
    return spans;
  }

  private static OnnxTensor tensor(OrtEnvironment environment, long[] values, long[] shape)
      throws Exception {
    return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
  }

  private static List<Span> entities(
      String text, Encoding encoding, float[][] logits, List<String> labels) {
    List<Span> entities = new ArrayList<>();
    CharSpan[] places = encoding.getCharTokenSpans();
    for (int token = 0; token < logits.length; token++) {
      if (encoding.getSpecialTokenMask()[token] == 1) {
        continue;
      }
      float[] scores = HeadedModels.softmax(logits[token]);
      int best = 0;
      for (int label = 1; label < scores.length; label++) {
        best = scores[label] > scores[best] ? label : best;
      }
      entities.add(
          new Span(
              labels.get(best),
              scores[best],
              text.offsetByCodePoints(0, places[token].getStart()),
              text.offsetByCodePoints(0, places[token].getEnd())));
    }
    return entities;
  }

  private static List<Span> group(List<Span> entities) {
    List<List<Span>> groups = new ArrayList<>();
    for (Span entity : entities) {
      List<Span> last = groups.isEmpty() ? List.of() : groups.get(groups.size() - 1);
      if (!last.isEmpty()
          && tag(last.get(last.size() - 1)).equals(tag(entity))
          && !entity.label().startsWith("B-")) {
        last.add(entity);
      } else {
        groups.add(new ArrayList<>(List.of(entity)));
      }
    }
    List<Span> spans = new ArrayList<>();
    for (List<Span> group : groups) {
      String[] parts = group.get(0).label().split("-", 2);
      String name = parts[parts.length - 1];
      if (!name.equals("O")) {
        spans.add(
            new Span(
                name,
                (float) group.stream().mapToDouble(Span::score).average().orElseThrow(),
                group.get(0).start(),
                group.get(group.size() - 1).end()));
      }
    }
    return spans;
  }

  private static String tag(Span entity) {
    String label = entity.label();
    return label.startsWith("B-") || label.startsWith("I-") ? label.substring(2) : label;
  }
}
