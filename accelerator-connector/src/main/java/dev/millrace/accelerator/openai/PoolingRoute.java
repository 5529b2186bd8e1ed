package dev.millrace.accelerator.openai;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.ArrowBuf;

/**
 * {@code /pooling}, as vLLM has it: for each row what the model makes of each of its tokens, here a
 * score for each label.
 *
 * @param base64 whether numbers are to be written so
 */
record PoolingRoute(
    OpenAiServer server, String path, boolean base64, Extras extras, RouteScores scores)
    implements RowRoute {

  private static final Set<String> FIELDS = Set.of("data");

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
                  json.writeStringField("encoding_format", base64 ? "base64" : "float");
                  server.writeInput(json, rows);
                  if (!extras.equals(Extras.NONE)) {
                    json.writeStringField("task", "token_classify");
                  }
                  extras.write(json);
                });
          }

          @Override
          public long read(ByteBuf answer, RowsReply.Rows to) throws IOException {
            RowsReply reply = new RowsReply(FIELDS, to);
            reply.read(answer);
            return reply.tokens();
          }
        });
  }

  @Override
  public void finish(ArrowBuf numbers, int rows, int width) {
    scores.finish(numbers, rows, width, server.model().requireClassifier().labels().size());
  }
}
