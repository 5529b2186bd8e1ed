package dev.millrace.accelerator.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.embedding.Likeness;
import org.junit.jupiter.api.Test;

/** The answer that nobody has written down. */
class KnownAnswersTest {

  private static final float[][] TRUTH = {{1, 0, 0}, {0, 1, 0}};
  private static final float[][] NEARLY = {{1, 0.01f, 0}, {0, 1, 0.01f}};
  private static final float[][] LIE = {{1, 0, 0}, {0, 0, 1}};

  private final KnownAnswers known = new KnownAnswers(Likeness.OF_VECTORS, 0.999);

  @Test
  void oneThatContradictsItselfIsWrong() {
    assertThat(known.problemOf(0, "digest", TRUTH)).isNull();
    assertThat(known.problemOf(0, "digest", LIE)).contains("0.00000", "0.9990");
    assertThat(known.problemOf(0, "digest", LIE)).isNotNull();
    assertThat(known.problemOf(0, "digest", NEARLY)).isNull();
  }

  @Test
  void ofTwoTheFirstIsBelievedUntilAThirdSpeaks() {
    assertThat(known.problemOf(0, "digest", LIE)).isNull();
    assertThat(known.problemOf(1, "digest", TRUTH)).isNotNull();
    assertThat(known.changes()).isZero();
    assertThat(known.problemOf(2, "digest", NEARLY)).isNull();
    assertThat(known.changes()).isEqualTo(1);
    assertThat(known.problemOf(1, "digest", TRUTH)).isNull();
    assertThat(known.problemOf(0, "digest", LIE)).isNotNull();
  }

  @Test
  void differentDigestsAreNotCompared() {
    assertThat(known.problemOf(0, "one", TRUTH)).isNull();
    assertThat(known.problemOf(1, "two", LIE)).isNull();
  }

  @Test
  void anotherLengthIsAnotherAnswer() {
    assertThat(known.problemOf(0, "digest", TRUTH)).isNull();
    assertThat(known.problemOf(1, "digest", new float[][] {{1, 0}, {0, 1}})).isNotNull();
  }
}
