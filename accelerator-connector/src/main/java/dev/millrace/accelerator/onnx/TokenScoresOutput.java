package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.onnx.proto.GraphProto;
import dev.millrace.accelerator.onnx.proto.ModelProto;

/**
 * Appends the softmax over each token's labels, so that scores leave the device. The one output
 * afterwards is {@link TextColumns#TOKEN_SCORES}, {@code [rows, tokens * labels]}, by another name
 * only where the graph uses that one inside.
 */
final class TokenScoresOutput implements GraphRewrite {

  private static final int LABEL_AXIS = 2;

  @Override
  public String identity() {
    return "token-scores-output 1";
  }

  @Override
  public boolean apply(ModelProto.Builder builder, Model model) {
    GraphProto.Builder graph = builder.getGraphBuilder();
    NodeList nodes = new NodeList(graph::addNode, Opsets.standard(builder), "millrace/");
    String logits = RowOutput.asFloat(nodes, ScoresOutput.logits(graph, model, "tokens, labels"));
    // One row of numbers for each text, like every other output: then one code runs them all.
    String scores = nodes.reshape(nodes.softmax(logits, LABEL_AXIS), 0, -1);
    RowOutput.replace(graph, nodes, scores, TextColumns.TOKEN_SCORES);
    return true;
  }
}
