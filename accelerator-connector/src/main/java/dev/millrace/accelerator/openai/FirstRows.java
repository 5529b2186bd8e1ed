package dev.millrace.accelerator.openai;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.embedding.TextRows;
import dev.millrace.accelerator.embedding.TokenRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import reactor.core.publisher.Flux;

/** A few rows that a route is asked about before work begins, to see how it answers. */
final class FirstRows implements AutoCloseable {

  /** Ids that every vocabulary has. */
  private static final long[][] TOKENS = {{1, 2}, {0, 3, 1, 2, 3, 1, 0, 2}, {2, 2, 3}};

  private static final List<String> TEXTS =
      List.of("A word.", "A text that is longer than the others.", "Where is the river?");

  /** The other texts of pairs; one query has two documents. */
  private static final List<String> FIRSTS =
      List.of("A word.", "Where is the river?", "Where is the river?");

  private final OpenAiServer server;
  private final MemoryScope scope;
  private final ArrowBatch batch;
  private final QuestionRows rows;

  FirstRows(OpenAiServer server) {
    this.server = server;
    this.scope = MemoryScope.open("first rows of " + server.describe());
    ArrowBatch tokens = TokenRows.of(scope, TOKENS);
    this.batch =
        TextRows.readsPairs(server.model())
            ? TextRows.add(tokens, scope, FIRSTS, TEXTS)
            : TextRows.add(tokens, scope, TEXTS, server.model());
    this.rows = QuestionRows.of(batch);
  }

  /**
   * The numbers that a route gives each row, or each token where the model labels tokens. Blocks.
   *
   * @throws RuntimeException that holds what went wrong, as the server's exchange threw it
   */
  float[][] ask(RowRoute route) {
    float[][] answers = new float[rows.rows()][];
    Flux.fromIterable(route.questions(rows))
        .concatMap(
            question ->
                server.postFirst(
                    route.path(),
                    question::body,
                    bytes ->
                        question.read(
                            bytes,
                            (index, numbers, label) -> {
                              if (index >= 0 && index < answers.length) {
                                answers[index] = Arrays.copyOf(numbers.values(), numbers.count());
                              }
                            })))
        .blockLast();
    List<float[]> units = new ArrayList<>();
    for (int row = 0; row < answers.length; row++) {
      float[] answer = answers[row];
      int count = byToken() ? rows.tokens().tokens(row) : 1;
      if (answer == null || answer.length == 0 || answer.length % count != 0) {
        throw unequal();
      }
      int width = answer.length / count;
      for (int unit = 0; unit < count; unit++) {
        units.add(Arrays.copyOfRange(answer, unit * width, (unit + 1) * width));
      }
      if (width != units.get(0).length) {
        throw unequal();
      }
    }
    return units.toArray(float[][]::new);
  }

  private boolean byToken() {
    return server.model().task() == ModelTask.TOKEN_CLASSIFICATION;
  }

  private AcceleratorException unequal() {
    return new AcceleratorException(
        Category.OUTPUT,
        "the first "
            + rows.rows()
            + " rows were not answered with as many numbers each"
            + (byToken() ? " token" : "")
            + ", or not all.");
  }

  @Override
  public void close() {
    batch.close();
    scope.close();
  }
}
