package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Model.Pooling;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.TensorShapeProto;
import dev.millrace.accelerator.onnx.proto.TypeProto;
import dev.millrace.accelerator.onnx.proto.ValueInfoProto;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Appends pooling and normalisation, so that {@code [rows, dimensions]} leaves the device and not
 * {@code [rows, tokens, dimensions]}. The one output afterwards is {@link TextColumns#EMBEDDING},
 * by another name only where the graph uses that one inside.
 */
final class EmbeddingOutput implements GraphRewrite {

  private static final List<String> TOKEN_OUTPUTS =
      List.of("last_hidden_state", "token_embeddings");
  private static final String POOLED_OUTPUT = "sentence_embedding";

  /** FLOAT, FLOAT16, DOUBLE, BFLOAT16. */
  private static final Set<Integer> FLOATS = Set.of(1, 10, 11, 16);

  /** What sentence-transformers puts in the place of padding before it takes the maximum. */
  private static final float BELOW_ALL = -1e9f;

  @Override
  public String identity() {
    return "embedding-output 1";
  }

  @Override
  public boolean apply(ModelProto.Builder builder, Model model) {
    GraphProto.Builder graph = builder.getGraphBuilder();
    NodeList nodes = new NodeList(graph::addNode, Opsets.standard(builder), "millrace/");
    ValueInfoProto tokens = tokenOutput(graph);
    String vector;
    if (tokens != null) {
      vector = pool(nodes, asFloat(nodes, tokens), model.text().pooling());
    } else {
      vector = asFloat(nodes, pooledOutput(graph, model));
    }
    if (model.text().normalize()) {
      vector = nodes.divide(vector, nodes.atLeast(nodes.norm(vector, 1, true), 1e-12f));
    }
    String name =
        isTaken(graph, TextColumns.EMBEDDING)
            ? "millrace/" + TextColumns.EMBEDDING
            : TextColumns.EMBEDDING;
    nodes.identity(vector, name);
    graph.clearOutput().addOutput(embedding(name));
    return true;
  }

  private static String pool(NodeList nodes, String hidden, Pooling pooling) {
    return switch (pooling) {
      case CLS -> nodes.at(hidden, 1, 0);
      case MAX -> {
        String isToken = nodes.cast(TextColumns.ATTENTION_MASK, NodeList.BOOL);
        yield nodes.max(nodes.where(nodes.unsqueeze(isToken, 2), hidden, BELOW_ALL), 1, false);
      }
      case MEAN -> {
        // A product with the mask sums the tokens and leaves padding out in one pass.
        String mask = nodes.cast(TextColumns.ATTENTION_MASK, NodeList.FLOAT);
        String sum = nodes.squeeze(nodes.matMul(nodes.unsqueeze(mask, 1), hidden), 1);
        yield nodes.divide(sum, nodes.atLeast(nodes.sum(mask, 1, true), 1e-9f));
      }
    };
  }

  private static String asFloat(NodeList nodes, ValueInfoProto output) {
    return output.getType().getTensorType().getElemType() == NodeList.FLOAT
        ? output.getName()
        : nodes.cast(output.getName(), NodeList.FLOAT);
  }

  private static @Nullable ValueInfoProto tokenOutput(GraphProto.Builder graph) {
    for (String name : TOKEN_OUTPUTS) {
      Optional<ValueInfoProto> output =
          graph.getOutputList().stream()
              .filter(value -> value.getName().equals(name) && mayHaveRank(value, 3))
              .findFirst();
      if (output.isPresent()) {
        return output.get();
      }
    }
    return null;
  }

  private static ValueInfoProto pooledOutput(GraphProto.Builder graph, Model model) {
    return graph.getOutputList().stream()
        .filter(value -> value.getName().equals(POOLED_OUTPUT) && mayHaveRank(value, 2))
        .findFirst()
        .orElseThrow(
            () ->
                new AcceleratorException(
                    Category.MODEL,
                    "The model '"
                        + model.name()
                        + "' has no output that makes an embedding. Needed is "
                        + String.join(" or ", TOKEN_OUTPUTS)
                        + " (float, [rows, tokens, dimensions]) or "
                        + POOLED_OUTPUT
                        + " (float, [rows, dimensions]); it has "
                        + graph.getOutputList().stream()
                            .map(ValueInfoProto::getName)
                            .collect(Collectors.joining(", "))
                        + ". Export it for the task feature-extraction."));
  }

  private static boolean mayHaveRank(ValueInfoProto value, int rank) {
    TypeProto.Tensor tensor = value.getType().getTensorType();
    return FLOATS.contains(tensor.getElemType())
        && (!tensor.hasShape() || tensor.getShape().getDimCount() == rank);
  }

  private static boolean isTaken(GraphProto.Builder graph, String name) {
    return graph.getNodeList().stream().anyMatch(node -> node.getOutputList().contains(name))
        || graph.getInputList().stream().anyMatch(input -> input.getName().equals(name))
        || graph.getInitializerList().stream().anyMatch(tensor -> tensor.getName().equals(name));
  }

  private static ValueInfoProto embedding(String name) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(NodeList.FLOAT)
                        .setShape(
                            TensorShapeProto.newBuilder()
                                .addDim(dimension("millrace_rows"))
                                .addDim(dimension("millrace_dimensions")))))
        .build();
  }

  private static TensorShapeProto.Dimension dimension(String name) {
    return TensorShapeProto.Dimension.newBuilder().setDimParam(name).build();
  }
}
