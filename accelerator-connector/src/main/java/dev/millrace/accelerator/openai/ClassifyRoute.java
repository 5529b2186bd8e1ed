package dev.millrace.accelerator.openai;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.openai.RowsReply.FloatSpan;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.ArrowBuf;
import org.jspecify.annotations.Nullable;

/** {@code /classify}, as vLLM has it: a score for each label, for each row. */
record ClassifyRoute(OpenAiServer server, String path, Extras extras, RouteScores scores)
    implements RowRoute {

  private static final Set<String> FIELDS = Set.of("probs");

  @Override
  public List<Question> questions(QuestionRows rows) {
    return List.of(
        new Question() {
          @Override
          public ByteBuf body() {
            return JsonBody.of(
                rows,
                json -> {
                  json.writeStringField("model", server.modelName());
                  server.writeInput(json, rows);
                  extras.write(json);
                });
          }

          @Override
          public long read(ByteBuf answer, RowsReply.Rows to) throws IOException {
            RowsReply reply =
                new RowsReply(
                    FIELDS,
                    (index, numbers, label) -> {
                      to.row(index, numbers, label);
                      requireLabel(numbers, label);
                    });
            reply.read(answer);
            return reply.tokens();
          }
        });
  }

  /** The label that a row is called by is the one with its highest number, here as there. */
  private void requireLabel(FloatSpan numbers, @Nullable String label) {
    List<String> labels = server.model().requireClassifier().labels();
    if (label == null || numbers.count() != labels.size()) {
      return;
    }
    int highest = 0;
    for (int i = 1; i < numbers.count(); i++) {
      if (numbers.values()[i] > numbers.values()[highest]) {
        highest = i;
      }
    }
    int called = labels.indexOf(label);
    if (called < 0 || numbers.values()[called] < numbers.values()[highest]) {
      throw new AcceleratorException(
          Category.MODEL,
          "it calls the label "
              + highest
              + " '"
              + label
              + "', and config.json of '"
              + server.model().name()
              + "' has "
              + labels
              + " in id2label. Give the folder of the model that the server runs.");
    }
  }

  @Override
  public void finish(ArrowBuf numbers, int rows, int width) {
    scores.finish(numbers, rows, width, width);
  }
}
