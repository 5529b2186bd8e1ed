package dev.millrace.jobs.bench;

import dev.millrace.jobs.cli.Command;
import java.util.List;

/** Makes the command with the measurements that users get. */
public final class BenchCommands {

  /** Above 100,000 a search goes through the graph without being told to. */
  private static final int ITEMS = 120_000;

  private static final int SEARCHES = 2_000;

  private BenchCommands() {}

  /** {@code millrace bench}. */
  public static Command bench() {
    return new BenchCommand(
        List.of(
            ThroughputMeasurement.ofShortTexts(),
            ThroughputMeasurement.ofLongTexts(),
            new FidelityMeasurement(),
            new CacheMeasurement(),
            new SqlMeasurement(),
            new ReleasedProvidersMeasurement(),
            new TokeniserMeasurement(OurTokeniser::open),
            HostPathMeasurement.ofShortTexts(OurTokeniser::open),
            HostPathMeasurement.ofLongTexts(OurTokeniser::open),
            new ColumnarMeasurement(),
            new BackfillMeasurement(60_000, 1_000_000),
            new PaddingMeasurement(),
            new GarbageMeasurement(),
            new LatencyMeasurement(),
            new FeedLatencyMeasurement(),
            new VectorSearchMeasurement(ITEMS, SEARCHES)));
  }
}
