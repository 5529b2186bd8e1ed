package dev.millrace.accelerator.openai;

import dev.millrace.accelerator.embedding.RowVectors;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.ArrowBuf;

/**
 * {@code /embeddings}: a vector for each row.
 *
 * @param base64 whether vectors are to be written so and not as numbers
 */
record EmbeddingRoute(OpenAiServer server, boolean base64, Extras extras) implements RowRoute {

  private static final Set<String> FIELDS = Set.of("embedding");

  @Override
  public String path() {
    return server.under("/embeddings");
  }

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
    if (server.model().text().normalize()) {
      RowVectors.normalize(numbers, 0, rows, width);
    }
  }
}
