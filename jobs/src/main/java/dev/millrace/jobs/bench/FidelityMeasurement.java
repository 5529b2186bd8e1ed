package dev.millrace.jobs.bench;

import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.onnx.OnnxGraphs;
import dev.millrace.operators.InferenceSettings;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** How near the prepared int8 graphs come to the fp32 model. */
final class FidelityMeasurement implements Measurement {

  private static final int SHORT_TEXTS = 700;
  private static final int LONG_TEXTS = 300;
  private static final int QUICK_PART = 3;
  private static final int BATCH_TOKENS = 512;

  private record Pair(
      Variant variant, String mean, String least, Requirement ofMean, Requirement ofLeast) {}

  private static final List<Pair> PAIRS =
      List.of(
          new Pair(
              Variant.PREPARED,
              "int8-fidelity-embedded-mean",
              "int8-fidelity-embedded-least",
              Requirement.atLeast(0.994),
              Requirement.atLeast(0.985)),
          new Pair(
              Variant.FP32_AS_INT8,
              "int8-fidelity-fp32-mean",
              "int8-fidelity-fp32-least",
              Requirement.atLeast(0.997),
              Requirement.atLeast(0.993)));

  @Override
  public List<String> rows() {
    return PAIRS.stream().flatMap(pair -> Stream.of(pair.mean(), pair.least())).toList();
  }

  @Override
  public double weight(Bench bench) {
    return 6;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    int part = bench.settings().quick() ? QUICK_PART : 1;
    long[][] tokens =
        Stream.of(
                bench.texts().shortTexts().firstTokens(SHORT_TEXTS / part),
                bench.texts().longTexts().firstTokens(LONG_TEXTS / part))
            .flatMap(Arrays::stream)
            .toArray(long[][]::new);
    String troubleOfReference = bench.missing(Variant.FP32);
    float[][] exact = troubleOfReference == null ? vectors(bench, Variant.FP32, tokens) : null;
    for (Pair pair : PAIRS) {
      if (!bench.wants(pair.mean()) && !bench.wants(pair.least())) {
        continue;
      }
      String what =
          "Cosine of "
              + pair.variant().text()
              + " to the fp32 model's vectors, over "
              + tokens.length
              + " short and long texts: the ";
      String trouble = bench.missing(pair.variant());
      if (exact == null || trouble != null) {
        String why = exact == null ? String.valueOf(troubleOfReference) : String.valueOf(trouble);
        add(bench, report, Row.notMeasured(pair.mean(), what + "mean.", pair.ofMean(), why));
        add(bench, report, Row.notMeasured(pair.least(), what + "least.", pair.ofLeast(), why));
        continue;
      }
      double[] cosines = cosines(exact, vectors(bench, pair.variant(), tokens));
      Samples mean = new Samples(Arrays.stream(cosines).average().orElse(0));
      Samples least = new Samples(Arrays.stream(cosines).min().orElse(0));
      add(bench, report, Row.absolute(pair.mean(), what + "mean.", "cosine", mean, pair.ofMean()));
      add(
          bench,
          report,
          Row.absolute(pair.least(), what + "least.", "cosine", least, pair.ofLeast()));
    }
  }

  private static void add(Bench bench, Report report, Row row) {
    if (bench.wants(row.name())) {
      report.add(row);
    }
  }

  private static float[][] vectors(Bench bench, Variant variant, long[][] tokens) throws Exception {
    InferenceSettings settings = InferenceSettings.from(bench.options(variant));
    byte[] graph = OnnxGraphs.prepare(Models.resolve(settings.model()), settings.sessionOptions());
    int cores = Runtime.getRuntime().availableProcessors();
    try (BareRuntime runtime = new BareRuntime(graph, new BareRuntime.Setup(1, cores, false))) {
      return runtime.vectors(tokens, BATCH_TOKENS);
    }
  }

  private static double[] cosines(float[][] exact, float[][] others) {
    double[] cosines = new double[exact.length];
    for (int i = 0; i < exact.length; i++) {
      double product = 0;
      double square = 0;
      double otherSquare = 0;
      for (int d = 0; d < exact[i].length; d++) {
        product += exact[i][d] * others[i][d];
        square += exact[i][d] * exact[i][d];
        otherSquare += others[i][d] * others[i][d];
      }
      cosines[i] = product / Math.sqrt(square * otherSquare);
    }
    return cosines;
  }
}
