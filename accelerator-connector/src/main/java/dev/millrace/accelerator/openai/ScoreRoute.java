package dev.millrace.accelerator.openai;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.ArrowBuf;

/** {@code /score}, as vLLM has it: a score for each pair of texts. */
record ScoreRoute(OpenAiServer server, String path, Extras extras, RouteScores scores)
    implements RowRoute {

  private static final Set<String> FIELDS = Set.of("score");

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
                  JsonBody.texts(json, "text_1", rows.requireTexts());
                  JsonBody.texts(json, "text_2", rows.requireSeconds());
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
    scores.finish(numbers, rows, width, width);
  }
}
