package dev.millrace.accelerator.onnx;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.NodeProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Classifiers and cross-encoders that tests build: the fp32 MiniLM with a linear head on its first
 * token, whose weights are drawn by a seed. And a plain loop over the runtime to compare with.
 */
public final class HeadedModels {

  private static final int DIMENSIONS = 384;
  private static final String FIRST_TOKEN = "head_first_token";

  private HeadedModels() {}

  /**
   * Writes a model.
   *
   * @param more further entries of {@code config.json}, each with a comma behind it
   */
  public static Path of(Path folder, int labels, String more) {
    ModelFolders.fp32MiniLm(folder);
    configure(folder, more);
    Path file = folder.resolve("onnx/model.onnx");
    try {
      ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(file)).toBuilder();
      addHead(model.getGraphBuilder(), labels);
      Files.write(file, model.build().toByteArray());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return folder;
  }

  /**
   * Writes a model that is small and quick: it adds up what a table says of a text's tokens, those
   * of a second text twice.
   *
   * @param more as for {@link #of}
   */
  public static Path table(Path folder, int labels, String more) {
    TokenModels.table(folder, Collections.nCopies(labels, "any"));
    configure(folder, more);
    TinyModel tiny = TinyModel.of(13, TokenModels.random(TokenModels.VOCABULARY, labels, 0.4f));
    addUp(tiny.graph());
    ModelFolders.write(folder, "onnx/model.onnx", tiny.bytes());
    return folder;
  }

  /**
   * The same with the few tokens of {@link TinyModel}, and so with three labels: it has no
   * tokenizer of any use.
   */
  public static Path tiny(Path folder, String more) {
    TinyModel tiny = TinyModel.of(13);
    addUp(tiny.graph());
    ModelFolders.of(folder, tiny);
    configure(folder, more);
    return folder;
  }

  private static void configure(Path folder, String more) {
    ModelFolders.write(
        folder,
        "config.json",
        "{\"architectures\": [\"BertForSequenceClassification\"], \"model_type\": \"bert\", "
            + more
            + " \"max_position_embeddings\": 512}");
  }

  private static void addUp(GraphProto.Builder graph) {
    graph
        .addInitializer(integers("last", 2))
        .addInitializer(integers("tokens", 1))
        .addInitializer(TinyModel.tensor("one", new float[][] {{1}}))
        .addNode(cast("types", "token_type_ids"))
        .addNode(TinyModel.node("Add", "times", "types", "one"))
        .addNode(cast("there", "attention_mask"))
        .addNode(TinyModel.node("Mul", "counts", "times", "there"))
        .addNode(TinyModel.node("Unsqueeze", "weights", "counts", "last"))
        .addNode(TinyModel.node("Mul", "weighted", "last_hidden_state", "weights"))
        .addNode(
            TinyModel.node("ReduceSum", "logits", "weighted", "tokens")
                .addAttribute(TinyModel.integer("keepdims", 0)))
        .clearOutput()
        .addOutput(TinyModel.value("logits", TinyModel.FLOAT, 2));
  }

  private static NodeProto.Builder cast(String output, String input) {
    return TinyModel.node("Cast", output, input)
        .addAttribute(TinyModel.integer("to", TinyModel.FLOAT));
  }

  private static TensorProto.Builder integers(String name, long value) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(TinyModel.INT64)
        .addDims(1)
        .addInt64Data(value);
  }

  private static void addHead(GraphProto.Builder graph, int labels) {
    Random random = new Random(labels);
    float[][] weights = new float[DIMENSIONS][labels];
    for (float[] row : weights) {
      for (int i = 0; i < labels; i++) {
        row[i] = (float) random.nextGaussian() / 4;
      }
    }
    graph
        .addInitializer(TinyModel.tensor("head_weights", weights))
        .addNode(
            TinyModel.node("Gather", FIRST_TOKEN, graph.getOutput(0).getName(), "head_zero")
                .addAttribute(TinyModel.integer("axis", 1)))
        .addInitializer(
            TensorProto.newBuilder()
                .setName("head_zero")
                .setDataType(TinyModel.INT64)
                .addInt64Data(0))
        .addNode(TinyModel.node("MatMul", "logits", FIRST_TOKEN, "head_weights"))
        .clearOutput()
        .addOutput(TinyModel.value("logits", TinyModel.FLOAT, 2));
  }

  /**
   * The raw numbers for each text or pair of texts: Hugging Face's tokenizer and the graph as it
   * lies in the folder, row by row.
   */
  public static List<float[]> logits(Path folder, List<String[]> rows) throws Exception {
    List<float[]> logits = new ArrayList<>();
    try (PlainLoop loop = new PlainLoop(folder)) {
      for (String[] row : rows) {
        logits.add(loop.logits(row));
      }
    }
    return logits;
  }

  /** The same, row by row as they come. Used by one thread, which closes it. */
  public static final class PlainLoop implements AutoCloseable {

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final HuggingFaceTokenizer tokenizer;
    private final OrtSession session;

    public PlainLoop(Path folder) throws Exception {
      tokenizer =
          HuggingFaceTokenizer.newInstance(
              folder.resolve("tokenizer.json"),
              Map.of("truncation", "true", "maxLength", "256", "padding", "false"));
      session = environment.createSession(folder.resolve("onnx/model.onnx").toString());
    }

    /** The raw numbers for a text or a pair of texts. */
    public float[] logits(String... row) throws Exception {
      Encoding encoding =
          row.length == 1 ? tokenizer.encode(row[0]) : tokenizer.encode(row[0], row[1]);
      long[] shape = {1, encoding.getIds().length};
      try (OnnxTensor ids = tensor(environment, encoding.getIds(), shape);
          OnnxTensor mask = tensor(environment, encoding.getAttentionMask(), shape);
          OnnxTensor types = tensor(environment, encoding.getTypeIds(), shape);
          OrtSession.Result result =
              session.run(
                  Map.of("input_ids", ids, "attention_mask", mask, "token_type_ids", types))) {
        return ((float[][]) result.get(0).getValue())[0];
      }
    }

    @Override
    public void close() throws Exception {
      session.close();
      tokenizer.close();
    }
  }

  private static OnnxTensor tensor(OrtEnvironment environment, long[] values, long[] shape)
      throws Exception {
    return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
  }

  public static float[] softmax(float[] logits) {
    double sum = 0;
    for (float value : logits) {
      sum += Math.exp(value);
    }
    float[] scores = new float[logits.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (float) (Math.exp(logits[i]) / sum);
    }
    return scores;
  }

  public static float sigmoid(float value) {
    return (float) (1 / (1 + Math.exp(-value)));
  }
}
