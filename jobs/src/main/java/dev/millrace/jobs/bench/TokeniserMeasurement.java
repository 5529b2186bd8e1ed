package dev.millrace.jobs.bench;

import dev.millrace.jobs.bench.Row.Reference;
import java.time.Duration;
import java.util.List;

/** Millrace's tokeniser against Hugging Face's own, in turns. */
final class TokeniserMeasurement implements Measurement {

  private static final String ROW = "tokeniser";
  private static final String WHAT =
      "Short texts to ids, by the processor time of the whole process, against Hugging Face's"
          + " tokenizer through DJL, 64 texts a call.";
  private static final Requirement REQUIREMENT = Requirement.atLeast(4);
  private static final double MOST_SECONDS = 1;
  private static final double WARM_UP_SECONDS = 0.5;

  private final TextTokeniser.Opener opener;

  TokeniserMeasurement(TextTokeniser.Opener opener) {
    this.opener = opener;
  }

  @Override
  public List<String> rows() {
    return List.of(ROW);
  }

  @Override
  public double weight(Bench bench) {
    return 4;
  }

  @Override
  public void run(Bench bench, Duration time, Report report) throws Exception {
    List<String> texts = bench.texts().shortTexts().first(bench.texts().shortTexts().size());
    int rounds = bench.settings().rounds();
    double seconds = Math.min(MOST_SECONDS, time.toMillis() / 1000.0 / (2 * rounds + 1));
    Samples ours = new Samples();
    Samples theirs = new Samples();
    try (TextTokeniser tokeniser = opener.open();
        HuggingFaceIds library = new HuggingFaceIds(bench.model(false))) {
      double unused = TokeniserRate.of(tokeniser, texts, WARM_UP_SECONDS);
      double unusedToo = TokeniserRate.of(library, texts, WARM_UP_SECONDS);
      for (int round = 0; round < rounds; round++) {
        ours.add(TokeniserRate.of(tokeniser, texts, seconds));
        theirs.add(TokeniserRate.of(library, texts, seconds));
      }
    }
    report.add(
        Row.against(
            ROW,
            WHAT,
            "texts/s a core",
            ours,
            new Reference("djl-tokenizers", theirs),
            REQUIREMENT));
  }
}
