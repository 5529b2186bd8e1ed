package dev.millrace.jobs.bench;

import dev.millrace.jobs.bench.Row.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.Configuration;

/** The real stream in its order, which repeats itself, with the cache on. */
final class CacheMeasurement implements Measurement {

  private static final String ROW = "cache";
  private static final String WHAT =
      "All rows of the stream in their order, with the cache, against langchain4j as its users"
          + " have it, on a sample of the rows.";
  private static final String SIZE = "64 mb";
  private static final Requirement REQUIREMENT = Requirement.atLeast(50);
  private static final int MOST_ROUNDS = 3;
  private static final double PEER_SECONDS = 1.5;
  private static final double SEARCH_SECONDS = 0.3;

  @Override
  public List<String> rows() {
    return List.of(ROW);
  }

  @Override
  public double weight(Bench bench) {
    return 16;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    String trouble = Bench.peersMissing();
    if (trouble == null && !Keys.known("cache-size")) {
      trouble = "this build has no option 'cache-size'.";
    }
    if (trouble != null) {
      report.add(Row.notMeasured(ROW, WHAT, REQUIREMENT, trouble));
      return;
    }
    List<String> stream = bench.texts().stream();
    Configuration options = bench.options(bench.usual());
    options.setString("cache-size", SIZE);
    Samples ours = new Samples();
    Samples theirs = new Samples();
    long ends = System.nanoTime() + time.toNanos();
    try (JobContender session =
            new JobContender(bench.jobs(), bench.texts().shortTexts(), options);
        PeerContender peer =
            PeerContender.search(
                bench.cluster(),
                sample(stream),
                bench.embedder("langchain4j", false),
                List.of(1),
                SEARCH_SECONDS)) {
      int peerRows = Math.max(100, (int) (peer.run(300) * PEER_SECONDS));
      report.say(session.describe() + "; langchain4j: " + peer.describe());
      int rounds = Math.min(MOST_ROUNDS, bench.settings().rounds());
      long round = 0;
      for (int i = 0; i < rounds && (i == 0 || System.nanoTime() + round < ends); i++) {
        long began = System.nanoTime();
        ours.add(bench.jobs().run(stream, stream.size(), options).rowsPerSecond());
        theirs.add(peer.run(peerRows));
        round = System.nanoTime() - began;
      }
    }
    report.add(
        Row.against(
            ROW, WHAT, "rows/s", ours, new Reference("langchain4j-int8", theirs), REQUIREMENT));
  }

  /** Rows from all over the stream. */
  private static List<String> sample(List<String> stream) {
    int step = Math.max(1, stream.size() / 5000);
    List<String> sample = new ArrayList<>();
    for (int i = 0; i < stream.size(); i += step) {
      sample.add(stream.get(i));
    }
    return sample;
  }
}
