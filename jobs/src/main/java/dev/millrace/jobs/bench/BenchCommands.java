package dev.millrace.jobs.bench;

import dev.millrace.jobs.cli.Command;
import java.util.List;

/** Makes the command with the measurements that users get. */
public final class BenchCommands {

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
            new PaddingMeasurement(),
            new GarbageMeasurement(),
            new LatencyMeasurement(),
            new FeedLatencyMeasurement()));
  }
}
