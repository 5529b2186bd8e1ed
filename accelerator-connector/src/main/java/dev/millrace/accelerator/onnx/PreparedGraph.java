package dev.millrace.accelerator.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.GraphPreparation;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Precision;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.TensorProto;
import dev.millrace.accelerator.onnx.proto.TypeProto;
import dev.millrace.accelerator.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model's graph as it is given to the runtime: checked, and with its vector or its scores as the
 * one output.
 *
 * @param bytes the graph, serialised
 * @param inputs the names of its inputs
 * @param output the name of its one output, float {@code [rows, dimensions]}, or {@code [rows,
 *     tokens * dimensions]} for token classification
 * @param quantisesByBatch whether a row's answer depends on the rows beside it
 * @param vocabulary ids are below it; 1 if the graph does not show it
 * @param rewritings what was done to it beyond pooling, normalisation and activation, by name and
 *     version
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared: a carrier from here to the runtime.
record PreparedGraph(
    byte[] bytes,
    List<String> inputs,
    String output,
    boolean quantisesByBatch,
    long vocabulary,
    List<String> rewritings) {

  private static final Logger LOG = LoggerFactory.getLogger(PreparedGraph.class);

  private static final GraphRewrite EMBEDDING = new EmbeddingOutput();
  private static final GraphRewrite SCORES = new ScoresOutput();
  private static final GraphRewrite TOKEN_SCORES = new TokenScoresOutput();
  private static final GraphRewrite BY_ROW = new QuantisedByRow(ActivationRanges::of);
  private static final GraphRewrite BY_ROW_UNMEASURED =
      new QuantisedByRow(ChannelScales.Ranges.UNKNOWN);
  private static final GraphRewrite INT8 =
      new Int8Weights(ActivationRanges::of, Processor.saturatesMixedBytes());
  private static final GraphRewrite INT8_UNMEASURED =
      new Int8Weights(ChannelScales.Ranges.UNKNOWN, Processor.saturatesMixedBytes());

  /** What makes any graph faster, in this order. */
  private static final List<GraphRewrite> FASTER = List.of(new FastLayerNormalisation());

  private static final List<String> REQUIRED =
      List.of(TextColumns.INPUT_IDS, TextColumns.ATTENTION_MASK);
  private static final Set<String> KNOWN =
      Set.of(TextColumns.INPUT_IDS, TextColumns.ATTENTION_MASK, TextColumns.TOKEN_TYPE_IDS);

  /**
   * A model's graph with nothing done to it but pooling and normalisation.
   *
   * @throws AcceleratorException of category MODEL that names all that is wrong with it
   */
  static PreparedGraph asShipped(Model model) {
    ModelProto.Builder graph = parse(model).toBuilder();
    List<String> inputs = checkInputs(graph, model);
    outputOf(model).apply(graph, model);
    return of(graph, inputs, List.of());
  }

  /**
   * A model's graph as the options want it. It has not been tried.
   *
   * @throws AcceleratorException of category MODEL that names all that is wrong with it, or that
   *     says why it cannot have the precision; of category CONFIGURATION if the options exclude
   *     each other for this model
   */
  static PreparedGraph of(Model model, SessionOptions options) {
    return of(model, options, BY_ROW, INT8);
  }

  /**
   * The digest of what {@link #of(Model, SessionOptions)} gives, found without running anything:
   * whoever asks may have no accelerator.
   */
  static String digest(Model model, SessionOptions options) {
    return of(model, options, BY_ROW_UNMEASURED, INT8_UNMEASURED).digest(model);
  }

  private static PreparedGraph of(
      Model model, SessionOptions options, GraphRewrite byRow, GraphRewrite int8) {
    ModelProto original = parse(model);
    boolean byBatch = BatchQuantisation.isIn(original);
    boolean toInt8 = options.precision() == Precision.INT8 && !byBatch;
    if (options.preparation() == GraphPreparation.AS_SHIPPED) {
      if (toInt8) {
        throw new AcceleratorException(
            Category.CONFIGURATION,
            "The model '"
                + model.name()
                + "' is not one of int8, so it cannot run in the precision int8 as shipped. Let its"
                + " graph be prepared (graph preparation auto), or leave it its own precision"
                + " (precision model).");
      }
      return asShipped(model);
    }
    ModelProto.Builder graph = original.toBuilder();
    List<String> inputs = checkInputs(graph, model);
    outputOf(model).apply(graph, model);
    List<String> done = new ArrayList<>();
    if (byBatch) {
      ModelProto.Builder changed = graph.clone();
      boolean some = byRow.apply(changed, model);
      if (some && !BatchQuantisation.isIn(changed)) {
        graph = changed;
        done.add(BY_ROW.identity());
      } else {
        LOG.warn(
            "The graph of the model '{}' quantises by batch, with the operators {}, in a way that"
                + " cannot be made to quantise by row. Unless batch invariance is relaxed its rows"
                + " run alone, which is slower.",
            model.name(),
            BatchQuantisation.operatorsIn(changed));
      }
    } else if (toInt8) {
      Int8Weights.requirePossible(graph, model);
      int8.apply(graph, model);
      done.add(int8.identity());
    }
    for (GraphRewrite rewrite : FASTER) {
      if (rewrite.apply(graph, model)) {
        done.add(rewrite.identity());
      }
    }
    return of(graph, inputs, List.copyOf(done));
  }

  private static GraphRewrite outputOf(Model model) {
    return switch (model.task()) {
      case EMBEDDING -> EMBEDDING;
      case CLASSIFICATION -> SCORES;
      case TOKEN_CLASSIFICATION -> TOKEN_SCORES;
      case GENERATION, RAW ->
          throw new IllegalArgumentException("No graph is prepared for " + model.task());
    };
  }

  /** Whether its products are of 8-bit integers. */
  boolean isInt8() {
    return quantisesByBatch
        || rewritings.contains(BY_ROW.identity())
        || rewritings.contains(INT8.identity());
  }

  private static PreparedGraph of(
      ModelProto.Builder graph, List<String> inputs, List<String> rewritings) {
    return new PreparedGraph(
        graph.build().toByteArray(),
        inputs,
        graph.getGraph().getOutput(0).getName(),
        BatchQuantisation.isIn(graph),
        vocabulary(graph),
        rewritings);
  }

  /** Ids are below it; 1 if the graph does not show it. */
  static long vocabulary(ModelProto.Builder graph) {
    GraphEditor editor = new GraphEditor(graph);
    return graph.getGraph().getNodeList().stream()
        .filter(
            node ->
                node.getOpType().equals("Gather") && node.getInput(1).equals(TextColumns.INPUT_IDS))
        .map(node -> editor.constant(node.getInput(0)))
        .filter(table -> table != null && table.getDimsCount() == 2 && table.getDims(0) > 0)
        .mapToLong(table -> table.getDims(0))
        .min()
        .orElse(1);
  }

  /** Whether it computes in int8 what the model computes in float32. */
  boolean isMadeInt8() {
    return rewritings.contains(INT8.identity());
  }

  /** Whether it quantises by row what the model quantises by batch. */
  boolean isMadeByRow() {
    return rewritings.contains(BY_ROW.identity());
  }

  /** SHA-256, in hexadecimal, over the model's digest and the rewritings; the former if none. */
  String digest(Model model) {
    if (rewritings.isEmpty()) {
      return model.digest();
    }
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      String all = model.digest() + "\n" + String.join("\n", rewritings);
      return HexFormat.of().formatHex(sha.digest(all.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every Java platform has SHA-256.", impossible);
    }
  }

  private static ModelProto parse(Model model) {
    try {
      CodedInputStream in = UnsafeByteOperations.unsafeWrap(model.graph()).newCodedInput();
      in.enableAliasing(true);
      return ModelProto.parseFrom(in);
    } catch (InvalidProtocolBufferException malformed) {
      throw new AcceleratorException(
          Category.MODEL,
          "The graph of the model '" + model.name() + "' is not ONNX: " + malformed.getMessage(),
          malformed);
    } catch (IOException impossible) {
      throw new IllegalStateException("An array is read without I/O.", impossible);
    }
  }

  private static List<String> checkInputs(ModelProto.Builder model, Model named) {
    List<String> problems = new ArrayList<>();
    long opset = Opsets.standard(model);
    if (opset < Opsets.OLDEST) {
      problems.add(
          "it is written in opset "
              + opset
              + ", and "
              + Opsets.OLDEST
              + " is the oldest that runs");
    }
    Set<String> weights =
        model.getGraph().getInitializerList().stream()
            .map(TensorProto::getName)
            .collect(Collectors.toSet());
    // Old models declare their weights as inputs, too.
    List<ValueInfoProto> inputs =
        model.getGraph().getInputList().stream()
            .filter(input -> !weights.contains(input.getName()))
            .toList();
    List<String> names = inputs.stream().map(ValueInfoProto::getName).toList();
    for (String required : REQUIRED) {
      if (!names.contains(required)) {
        problems.add("it has no input '" + required + "'");
      }
    }
    for (ValueInfoProto input : inputs) {
      if (!KNOWN.contains(input.getName())) {
        problems.add("it has the input '" + input.getName() + "', which nothing here can fill");
        continue;
      }
      TypeProto.Tensor tensor = input.getType().getTensorType();
      if (tensor.getElemType() != NodeList.INT64) {
        problems.add("its input '" + input.getName() + "' is not of int64");
      }
      if (tensor.hasShape() && tensor.getShape().getDimCount() != 2) {
        problems.add(
            "its input '"
                + input.getName()
                + "' has "
                + tensor.getShape().getDimCount()
                + " dimensions and not [rows, tokens]");
      }
    }
    if (!problems.isEmpty()) {
      throw new AcceleratorException(
          Category.MODEL,
          "The model '"
              + named.name()
              + "' cannot be run on texts: "
              + String.join("; ", problems)
              + ". Needed are input_ids and attention_mask, and token_type_ids may be there, each"
              + " int64 [rows, tokens]. Export it for the task feature-extraction, or"
              + " text-classification or token-classification if it is a classifier.");
    }
    return names;
  }
}
