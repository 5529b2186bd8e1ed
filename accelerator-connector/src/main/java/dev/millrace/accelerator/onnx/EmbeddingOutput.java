package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Model.Pooling;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.ValueInfoProto;
import java.util.List;
import java.util.Optional;
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
      vector = pool(nodes, RowOutput.asFloat(nodes, tokens), model.text().pooling());
    } else {
      vector = RowOutput.asFloat(nodes, pooledOutput(graph, model));
    }
    if (model.text().normalize()) {
      vector = nodes.divide(vector, nodes.atLeast(nodes.norm(vector, 1, true), 1e-12f));
    }
    RowOutput.replace(graph, nodes, vector, TextColumns.EMBEDDING);
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

  private static @Nullable ValueInfoProto tokenOutput(GraphProto.Builder graph) {
    for (String name : TOKEN_OUTPUTS) {
      Optional<ValueInfoProto> output =
          graph.getOutputList().stream()
              .filter(value -> value.getName().equals(name) && RowOutput.mayHaveRank(value, 3))
              .findFirst();
      if (output.isPresent()) {
        return output.get();
      }
    }
    return null;
  }

  private static ValueInfoProto pooledOutput(GraphProto.Builder graph, Model model) {
    return graph.getOutputList().stream()
        .filter(value -> value.getName().equals(POOLED_OUTPUT) && RowOutput.mayHaveRank(value, 2))
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
}
