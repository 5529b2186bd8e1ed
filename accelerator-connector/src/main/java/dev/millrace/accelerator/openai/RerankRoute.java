package dev.millrace.accelerator.openai;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.VarCharVector;

/**
 * {@code /rerank}, as Jina, Cohere and their like have it: scores of documents for one query. So
 * there is a request for each distinct first text of a batch.
 */
record RerankRoute(OpenAiServer server, String path, Extras extras, RouteScores scores)
    implements RowRoute {

  private static final Set<String> FIELDS = Set.of("relevance_score", "score");

  @Override
  public List<Question> questions(QuestionRows rows) {
    VarCharVector queries = rows.requireTexts();
    VarCharVector documents = rows.requireSeconds();
    Map<ByteBuffer, List<Integer>> byQuery = new LinkedHashMap<>();
    for (int row = 0; row < rows.rows(); row++) {
      byQuery
          .computeIfAbsent(ByteBuffer.wrap(queries.get(row)), query -> new ArrayList<>())
          .add(row);
    }
    List<Question> questions = new ArrayList<>();
    byQuery.values().forEach(group -> questions.add(new OfQuery(rows, queries, documents, group)));
    return questions;
  }

  /** The rows that share a query. */
  private final class OfQuery implements Question {

    private final QuestionRows rows;
    private final VarCharVector queries;
    private final VarCharVector documents;
    private final List<Integer> group;

    OfQuery(
        QuestionRows rows, VarCharVector queries, VarCharVector documents, List<Integer> group) {
      this.rows = rows;
      this.queries = queries;
      this.documents = documents;
      this.group = group;
    }

    @Override
    public ByteBuf body() {
      return JsonBody.of(
          rows,
          json -> {
            json.writeStringField("model", server.modelName());
            json.writeFieldName("query");
            JsonBody.text(json, queries, group.get(0));
            json.writeArrayFieldStart("documents");
            for (int row : group) {
              JsonBody.text(json, documents, row);
            }
            json.writeEndArray();
            extras.write(json);
          });
    }

    @Override
    public long read(ByteBuf answer, RowsReply.Rows to) throws IOException {
      RowsReply reply =
          new RowsReply(
              FIELDS,
              (index, numbers, label) -> {
                if (index < 0 || index >= group.size()) {
                  throw new AcceleratorException(
                      Category.OUTPUT,
                      "the answer has the index "
                          + index
                          + ", and the request has "
                          + group.size()
                          + " documents.");
                }
                to.row(group.get(index), numbers, label);
              });
      reply.read(answer);
      return reply.tokens();
    }
  }

  @Override
  public void finish(ArrowBuf numbers, int rows, int width) {
    scores.finish(numbers, rows, width, width);
  }
}
