package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Model.Classifier;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import dev.millrace.accelerator.onnx.proto.ValueInfoProto;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Appends a classifier's activation, so that scores leave the device. The one output afterwards is
 * {@link TextColumns#SCORES}, by another name only where the graph uses that one inside.
 */
final class ScoresOutput implements GraphRewrite {

  private static final String LOGITS = "logits";

  @Override
  public String identity() {
    return "scores-output 1";
  }

  @Override
  public boolean apply(ModelProto.Builder builder, Model model) {
    GraphProto.Builder graph = builder.getGraphBuilder();
    NodeList nodes = new NodeList(graph::addNode, Opsets.standard(builder), "millrace/");
    String logits = RowOutput.asFloat(nodes, logits(graph, model, "labels"));
    Classifier classifier = Objects.requireNonNull(model.classifier());
    String scores =
        switch (classifier.activation()) {
          case NONE -> logits;
          case SIGMOID -> nodes.sigmoid(logits);
          case SOFTMAX -> nodes.softmax(logits, 1);
        };
    RowOutput.replace(graph, nodes, scores, TextColumns.SCORES);
    return true;
  }

  /**
   * The classifier's raw numbers.
   *
   * @param dimensions that come after the rows, as people write them
   */
  static ValueInfoProto logits(GraphProto.Builder graph, Model model, String dimensions) {
    int rank = 1 + dimensions.split(",", -1).length;
    return graph.getOutputList().stream()
        .filter(value -> value.getName().equals(LOGITS) && RowOutput.mayHaveRank(value, rank))
        .findFirst()
        .orElseThrow(
            () ->
                new AcceleratorException(
                    Category.MODEL,
                    "The model '"
                        + model.name()
                        + "' is for "
                        + model.task()
                        + " by its config.json, and its graph has no output '"
                        + LOGITS
                        + "' (float, [rows, "
                        + dimensions
                        + "]); it has "
                        + graph.getOutputList().stream()
                            .map(ValueInfoProto::getName)
                            .collect(Collectors.joining(", "))
                        + ". Export it for the task "
                        + (rank == 2 ? "text-classification." : "token-classification.")));
  }
}
