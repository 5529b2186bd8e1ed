package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The microbenchmarks: each one once, or measured where {@value #MEASURE} says which. */
class BenchmarksTest {

  private static final String MEASURE = "millrace.benchmark";

  @Test
  void eachRuns() throws Exception {
    Collection<RunResult> results =
        new Runner(
                options()
                    .include("dev.millrace.operators.*Benchmark")
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(1))
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    assertThat(results)
        .isNotEmpty()
        .allSatisfy(result -> assertThat(result.getPrimaryResult().getScore()).isPositive());
  }

  @Test
  void measuresWhatIsAskedFor() throws Exception {
    String wanted = System.getProperty(MEASURE);
    Assumptions.assumeTrue(wanted != null, "Name benchmarks with -D" + MEASURE + " to measure.");
    Collection<RunResult> results =
        new Runner(
                options()
                    .include(wanted)
                    .forks(1)
                    .warmupIterations(3)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(5)
                    .measurementTime(TimeValue.seconds(1))
                    .build())
            .run();
    assertThat(results).as("benchmarks that match %s", wanted).isNotEmpty();
  }

  private static ChainedOptionsBuilder options() {
    // Builds beside each other are no reason to fail.
    System.setProperty("jmh.ignoreLock", "true");
    return new OptionsBuilder().shouldFailOnError(true);
  }
}
