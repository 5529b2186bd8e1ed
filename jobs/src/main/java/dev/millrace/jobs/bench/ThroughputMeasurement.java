package dev.millrace.jobs.bench;

import dev.millrace.accelerator.onnx.OnnxGraphs;
import dev.millrace.jobs.bench.Row.Reference;
import dev.millrace.operators.InferenceSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** Texts to vectors: Millrace in a job, the bare runtime, and the peers in a job, in turns. */
final class ThroughputMeasurement implements Measurement {

  private static final String BACKFILL = "millrace-backfill";
  private static final List<Integer> ALONE = List.of(1);
  private static final List<Integer> BATCHES = List.of(1, 8, 32);
  private static final double SEARCH_SECONDS = 0.3;
  private static final double QUICK_SEARCH_SECONDS = 0.1;

  /** A row: ours against the strongest of some others. */
  private record Pair(
      String row, String what, String ours, List<String> theirs, Requirement requirement) {}

  private final boolean ofLongTexts;
  private final List<Pair> pairs;

  private ThroughputMeasurement(boolean ofLongTexts, List<Pair> pairs) {
    this.ofLongTexts = ofLongTexts;
    this.pairs = pairs;
  }

  static ThroughputMeasurement ofShortTexts() {
    List<Pair> pairs = new ArrayList<>();
    for (Variant variant : Variant.values()) {
      pairs.add(
          new Pair(
              "embed-" + variant.id(),
              "A whole Flink job, no cache, " + variant.text() + "; against the bare runtime.",
              job(variant),
              List.of(limit(variant)),
              Requirement.atLeast(0.95)));
    }
    pairs.add(
        new Pair(
            "int8-vs-fp32",
            "The bare runtime: prepared int8 against fp32, each in its best batches.",
            limit(Variant.PREPARED),
            List.of(limit(Variant.FP32)),
            Requirement.atLeast(2.0)));
    pairs.add(
        new Pair(
            "prepared-vs-as-shipped-batched",
            "The bare runtime: the embedded model prepared against as shipped, in batches, which"
                + " answer wrongly.",
            limit(Variant.PREPARED),
            List.of("limit-as-shipped-batched"),
            Requirement.atLeast(0.85)));
    pairs.add(backfill("backfill"));
    addPeers(pairs, "descriptions", 2.0, 1.2, 1.5);
    return new ThroughputMeasurement(false, pairs);
  }

  static ThroughputMeasurement ofLongTexts() {
    List<Pair> pairs = new ArrayList<>();
    pairs.add(backfill("backfill-reviews"));
    addPeers(pairs, "reviews", 1.3, 1.0, 1.0);
    return new ThroughputMeasurement(true, pairs);
  }

  private static Pair backfill(String row) {
    return new Pair(
        row,
        "millrace backfill, Parquet to Parquet, no cache, the embedded model prepared: from when"
            + " its job runs until it is finished; against the bare runtime.",
        BACKFILL,
        List.of(limit(Variant.PREPARED)),
        Requirement.atLeast(0.93));
  }

  private static void addPeers(
      List<Pair> pairs, String texts, double shipped, double tuned, double tunedFp32) {
    pairs.add(
        new Pair(
            "vs-langchain4j-" + texts,
            "A Flink job with the embedded model prepared against langchain4j's int8 model in a"
                + " map, as shipped.",
            job(Variant.PREPARED),
            List.of("langchain4j-int8"),
            Requirement.atLeast(shipped)));
    pairs.add(
        new Pair(
            "vs-langchain4j-fp32-" + texts,
            "The same with the fp32 models, for information.",
            job(Variant.FP32),
            List.of("langchain4j-fp32"),
            Requirement.NONE));
    pairs.add(
        new Pair(
            "vs-tuned-int8-" + texts,
            "The same job against the strongest of langchain4j and DJL's tokenizer with the"
                + " runtime, int8, tuned.",
            job(Variant.PREPARED),
            List.of("tuned-langchain4j-int8", "tuned-djl-int8"),
            Requirement.atLeast(tuned)));
    pairs.add(
        new Pair(
            "vs-tuned-fp32-" + texts,
            "The same with the fp32 models.",
            job(Variant.FP32),
            List.of("tuned-langchain4j-fp32", "tuned-djl-fp32"),
            Requirement.atLeast(tunedFp32)));
  }

  private static String job(Variant variant) {
    return "millrace-" + variant.id();
  }

  private static String limit(Variant variant) {
    return "limit-" + variant.id();
  }

  @Override
  public List<String> rows() {
    return pairs.stream().map(Pair::row).toList();
  }

  @Override
  public double weight(Bench bench) {
    return ofLongTexts ? 36 : 70;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    long began = System.nanoTime();
    Set<String> needed = new LinkedHashSet<>();
    List<Pair> wanted = wanted(bench, report);
    for (Pair pair : wanted) {
      needed.add(pair.ours());
      needed.addAll(pair.theirs());
    }
    Corpus corpus = ofLongTexts ? bench.texts().longTexts() : bench.texts().shortTexts();
    Map<String, String> missing = new LinkedHashMap<>();
    double searching = bench.settings().quick() ? QUICK_SEARCH_SECONDS : SEARCH_SECONDS;
    try (Arena arena = new Arena(report)) {
      for (String id : needed) {
        String trouble = add(bench, arena, id, corpus, searching);
        if (trouble != null) {
          missing.put(id, trouble);
        }
      }
      Duration left = time.minusNanos(System.nanoTime() - began);
      arena.run(
          bench.settings().rounds(),
          left.isNegative() ? Duration.ZERO : left,
          bench.settings().bounded());
      for (Pair pair : wanted) {
        report.add(row(pair, arena, missing));
      }
    }
  }

  /** With --quick, what only informs is left out. */
  private List<Pair> wanted(Bench bench, Report report) {
    List<Pair> wanted = new ArrayList<>();
    for (Pair pair : pairs) {
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

  private static Row row(Pair pair, Arena arena, Map<String, String> missing) {
    String trouble = missing.get(pair.ours());
    List<String> there = pair.theirs().stream().filter(arena::has).toList();
    if (trouble == null && there.isEmpty()) {
      trouble = missing.get(pair.theirs().get(0));
    }
    if (trouble != null) {
      return Row.notMeasured(pair.row(), pair.what(), pair.requirement(), trouble);
    }
    String strongest =
        there.stream()
            .max(Comparator.comparingDouble(id -> arena.samples(id).median()))
            .orElseThrow();
    return Row.against(
        pair.row(),
        pair.what(),
        "texts/s",
        arena.samples(pair.ours()),
        new Reference(strongest, arena.samples(strongest)),
        pair.requirement());
  }

  /** Sets a contender up; answers why it cannot be, or null. */
  private static @Nullable String add(
      Bench bench, Arena arena, String id, Corpus corpus, double seconds) throws Exception {
    for (Variant variant : Variant.values()) {
      if (id.equals(job(variant)) || id.equals(limit(variant))) {
        String missing = bench.missing(variant);
        if (missing == null) {
          arena.add(
              id,
              id.equals(job(variant))
                  ? new JobContender(bench.jobs(), corpus, bench.options(variant))
                  : limit(bench, bench.options(variant), corpus, seconds));
        }
        return missing;
      }
    }
    if (id.equals(BACKFILL)) {
      String missing = bench.missing(Variant.PREPARED);
      if (missing == null) {
        arena.add(
            id, new BackfillContender(bench.cluster(), corpus, bench.options(Variant.PREPARED)));
      }
      return missing;
    }
    if (id.equals("limit-as-shipped-batched")) {
      Configuration options = bench.options(Variant.AS_SHIPPED);
      options.setString("batch-invariance", "relaxed");
      arena.add(id, limit(bench, options, corpus, seconds));
      return null;
    }
    boolean fp32 = id.endsWith("-fp32");
    String missing = Bench.peersMissing();
    if (missing == null && fp32) {
      missing = bench.missing(Variant.FP32);
    }
    if (missing == null) {
      arena.add(id, peer(bench, id, fp32, corpus, seconds));
    }
    return missing;
  }

  private static Contender limit(Bench bench, Configuration options, Corpus corpus, double seconds)
      throws Exception {
    InferenceSettings settings = InferenceSettings.from(options);
    boolean alone;
    try (JobContender session = new JobContender(bench.jobs(), corpus, options)) {
      alone = session.runsRowsAlone();
    }
    byte[] graph =
        OnnxGraphs.prepare(
            dev.millrace.accelerator.Models.resolve(settings.model()), settings.sessionOptions());
    return BareContender.search(graph, corpus, alone, seconds);
  }

  private static Contender peer(Bench bench, String id, boolean fp32, Corpus corpus, double seconds)
      throws Exception {
    List<String> texts = corpus.first(corpus.size());
    Embedder embedder = bench.embedder(id.substring(0, id.lastIndexOf('-')), fp32);
    List<Integer> batches = embedder instanceof LangChain ? ALONE : BATCHES;
    return PeerContender.search(bench.cluster(), texts, embedder, batches, seconds);
  }
}
