package dev.millrace.jobs.bench;

import dev.millrace.jobs.bench.Row.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ML_PREDICT through Millrace beside the providers that come with Flink, in turns and at the same
 * server, which costs what one with a GPU does.
 */
final class ReleasedProvidersMeasurement implements Measurement {

  private static final String OPENAI = "org.apache.flink.model.openai.OpenAIModelProviderFactory";
  private static final String TRITON = "org.apache.flink.model.triton.TritonModelProviderFactory";

  private static final String TRITON_ROW = "sql-released-triton";
  private static final String OURS_AT_BEST = "millrace-openai-best";
  private static final String OURS = "millrace-openai";
  private static final String OURS_HELD_DOWN = "millrace-openai-ten-rows";
  private static final String THEIRS_AT_BEST = "flink-model-openai-best";
  private static final String THEIRS = "flink-model-openai";

  /** A row: ours against theirs. */
  private record Pair(
      String row, String what, String ours, String theirs, Requirement requirement) {}

  private static final List<Pair> PAIRS =
      List.of(
          new Pair(
              "sql-openai-vs-released-best",
              "ML_PREDICT with openai+http against Flink's flink-model-openai, each at its best"
                  + " settings, no cache, at a server of "
                  + EmbeddingServer.MILLIS_OF_CALL
                  + " ms a call and "
                  + EmbeddingServer.MICROS_OF_TEXT
                  + " µs a text, one call at a time.",
              OURS_AT_BEST,
              THEIRS_AT_BEST,
              Requirement.atLeast(5)),
          new Pair(
              "sql-openai-vs-released-defaults",
              "The same with the defaults of 'millrace sql' against those of Flink.",
              OURS,
              THEIRS,
              Requirement.atLeast(10)),
          new Pair(
              "sql-openai-vs-released-ten-rows",
              "The same, both with the "
                  + OpenAiContenders.FLINKS_ROWS_IN_FLIGHT
                  + " rows in flight of Flink's default, for information.",
              OURS_HELD_DOWN,
              THEIRS,
              Requirement.NONE));

  @Override
  public List<String> rows() {
    List<String> rows = new ArrayList<>();
    PAIRS.forEach(pair -> rows.add(pair.row()));
    rows.add(TRITON_ROW);
    return rows;
  }

  @Override
  public double weight(Bench bench) {
    return 9;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    List<Pair> wanted = wanted(bench, report);
    String missing = missing(OPENAI);
    if (missing != null) {
      for (Pair pair : wanted) {
        report.add(Row.notMeasured(pair.row(), pair.what(), pair.requirement(), missing));
      }
    } else if (!wanted.isEmpty()) {
      compare(bench, time, wanted, report);
    }
    if (bench.wants(TRITON_ROW)) {
      report.add(triton());
    }
  }

  /** With --quick, what only informs is left out. */
  private static List<Pair> wanted(Bench bench, Report report) {
    List<Pair> wanted = new ArrayList<>();
    for (Pair pair : PAIRS) {
      if (!bench.wants(pair.row())) {
        continue;
      }
      if (bench.settings().quick() && pair.requirement().kind() == Requirement.Kind.NONE) {
        report.say(pair.row() + " informs only, and is left out with --quick");
      } else {
        wanted.add(pair);
      }
    }
    return wanted;
  }

  private static @Nullable String missing(String provider) {
    try {
      Class.forName(provider, false, ReleasedProvidersMeasurement.class.getClassLoader());
      return null;
    } catch (ClassNotFoundException absent) {
      return "Flink's providers are not on the class path. Run ./millrace bench from a checkout.";
    }
  }

  private static void compare(Bench bench, Duration time, List<Pair> wanted, Report report)
      throws Exception {
    long began = System.nanoTime();
    try (EmbeddingServerProcess server = new EmbeddingServerProcess();
        Arena arena = new Arena(report)) {
      OpenAiContenders contenders = new OpenAiContenders(bench, server);
      for (Pair pair : wanted) {
        for (String id : List.of(pair.ours(), pair.theirs())) {
          if (!arena.has(id)) {
            arena.add(id, contender(contenders, id));
          }
        }
      }
      Duration left = time.minusNanos(System.nanoTime() - began);
      arena.run(
          bench.settings().rounds(),
          left.isNegative() ? Duration.ZERO : left,
          bench.settings().bounded());
      for (Pair pair : wanted) {
        report.add(
            Row.against(
                pair.row(),
                pair.what(),
                "texts/s",
                arena.samples(pair.ours()),
                new Reference(pair.theirs(), arena.samples(pair.theirs())),
                pair.requirement()));
      }
    }
  }

  private static Contender contender(OpenAiContenders contenders, String id) throws Exception {
    return switch (id) {
      case OURS_AT_BEST -> contenders.oursAtBest();
      case OURS -> contenders.ours(SqlMeasurement.ENOUGH);
      case OURS_HELD_DOWN -> contenders.ours(OpenAiContenders.FLINKS_ROWS_IN_FLIGHT);
      case THEIRS_AT_BEST -> contenders.theirsAtBest();
      default -> contenders.theirs();
    };
  }

  private static Row triton() {
    String what = "Flink's flink-model-triton, called as its documentation shows.";
    String missing = missing(TRITON);
    if (missing != null) {
      return Row.notMeasured(TRITON_ROW, what, Requirement.NONE, missing);
    }
    String refusal = ReleasedTriton.refusal();
    return refusal == null
        ? Row.notMeasured(
            TRITON_ROW,
            what,
            Requirement.NONE,
            "with this release of Flink the statement is planned, and the benchmark has no server"
                + " for it.")
        : Row.absolute(
            TRITON_ROW,
            what + " It does not run, whatever the columns of the model are: " + refusal,
            "texts/s",
            new Samples(0),
            Requirement.NONE);
  }
}
