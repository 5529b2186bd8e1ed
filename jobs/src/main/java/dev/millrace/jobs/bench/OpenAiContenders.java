package dev.millrace.jobs.bench;

import dev.millrace.jobs.bench.SqlContender.Setup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.config.ExecutionConfigOptions;

/**
 * ML_PREDICT at an {@link EmbeddingServer}: through Millrace and through the provider of OpenAI's
 * routes that comes with Flink. All get the same texts, none of them twice in a job.
 */
final class OpenAiContenders {

  /** What Flink gives a query that says nothing. */
  static final int FLINKS_ROWS_IN_FLIGHT =
      ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS.defaultValue();

  /** A server that does a call in a few milliseconds is at its rate soon. */
  private static final double LEAST_SECONDS = 0.5;

  private static final double SEARCH_SECONDS = 0.4;
  private static final double QUICK_SEARCH_SECONDS = 0.2;

  private static final List<Integer> BATCH_ROWS = List.of(256, 512, 1024);

  /** Batches that gather, wait or are under way. */
  private static final int BATCHES_HELD = 16;

  /** Tokens for each row of a batch, so that its rows are the bound. */
  private static final int TOKENS_OF_ROW = 64;

  private static final List<Integer> THEIR_ROWS_IN_FLIGHT = List.of(32, 256);

  private final Bench bench;
  private final Configuration ours;
  private final Map<String, String> theirs;

  OpenAiContenders(Bench bench, EmbeddingServerProcess server) {
    this.bench = bench;
    ours = new Configuration();
    ours.setString("accelerators", "openai+http://" + server.address());
    ours.setString("model", EmbeddingServer.MODEL);
    ours.setString("cache-size", "0 b");
    theirs = new LinkedHashMap<>();
    theirs.put("provider", "openai");
    theirs.put("endpoint", "http://" + server.address() + "/embeddings");
    theirs.put("model", EmbeddingServer.MODEL);
    theirs.put("api-key", "none");
  }

  /** Millrace, with nothing set but how many rows Flink lets it have. */
  Contender ours(int rowsInFlight) {
    return ours(ours, rowsInFlight);
  }

  /** Millrace with the batches that suit the server best. */
  Contender oursAtBest() throws Exception {
    List<Contender> tried = new ArrayList<>();
    for (int rows : BATCH_ROWS) {
      Configuration larger = ours.clone();
      larger.setString("batch-rows", String.valueOf(rows));
      larger.setString("token-budget", String.valueOf(TOKENS_OF_ROW * rows));
      tried.add(ours(larger, BATCHES_HELD * rows));
    }
    return best(tried);
  }

  private Contender ours(Configuration options, int rowsInFlight) {
    return SqlContender.millrace(
        bench.cluster(),
        bench.texts().shortTexts()::distinct,
        options,
        new Setup(1, rowsInFlight),
        LEAST_SECONDS);
  }

  /** Flink's provider with nothing set. */
  Contender theirs() {
    return theirs(new Setup(1, FLINKS_ROWS_IN_FLIGHT));
  }

  /**
   * Flink's provider at the best parallelism and with the best number of rows in flight. It has no
   * setting of its own that makes it faster.
   */
  Contender theirsAtBest() throws Exception {
    List<Contender> tried = new ArrayList<>();
    for (int rows : THEIR_ROWS_IN_FLIGHT) {
      for (int parallelism : List.of(1, Runtime.getRuntime().availableProcessors())) {
        tried.add(theirs(new Setup(parallelism, rows)));
      }
    }
    return best(tried);
  }

  private Contender theirs(Setup setup) {
    return SqlContender.of(
        bench.cluster(), bench.texts().shortTexts()::distinct, theirs, setup, LEAST_SECONDS);
  }

  private Contender best(List<Contender> tried) throws Exception {
    return Fastest.of(tried, bench.settings().quick() ? QUICK_SEARCH_SECONDS : SEARCH_SECONDS);
  }
}
