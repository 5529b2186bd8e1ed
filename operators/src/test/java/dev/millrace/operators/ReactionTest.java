package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.AcceleratorException.Category;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is done about each kind of failure. */
class ReactionTest {

  @ParameterizedTest(name = "{0}: many rows {1}, one row {2}, one row after the last try {3}")
  @CsvSource({
    "CONFIGURATION, FAIL, FAIL, FAIL",
    "MODEL, FAIL, FAIL, FAIL",
    "INPUT, HALVE, GIVE_UP_ROW, GIVE_UP_ROW",
    "OUTPUT, RETRY, RETRY, GIVE_UP_ROW",
    "OUT_OF_MEMORY, HALVE, RETRY, GIVE_UP_ROW",
    "TIMEOUT, RETRY, RETRY, FAIL",
    "UNAVAILABLE, HOLD, HOLD, HOLD",
    "DEVICE, RETRY, RETRY, FAIL"
  })
  void whatCanPassIsTriedAgainAndWhatCannotIsNot(
      Category category, Reaction many, Reaction one, Reaction oneAfterTheLast) {
    assertThat(Reaction.to(category, 8, true, false, false)).isEqualTo(many);
    assertThat(Reaction.to(category, 1, true, false, false)).isEqualTo(one);
    assertThat(Reaction.to(category, 1, false, false, false)).isEqualTo(oneAfterTheLast);
  }

  @ParameterizedTest
  @CsvSource({"TIMEOUT", "DEVICE", "UNAVAILABLE"})
  void inAnOutageOnlyTimeCounts(Category category) {
    assertThat(Reaction.to(category, 8, false, false, true)).isEqualTo(Reaction.HOLD);
  }

  @ParameterizedTest
  @CsvSource({"8, true, RETRY", "8, false, HALVE", "1, true, RETRY", "1, false, FAIL"})
  void aMalformedAnswerIsNeverTheRowsFault(int rows, boolean triesLeft, Reaction expected) {
    assertThat(Reaction.to(Category.OUTPUT, rows, triesLeft, true, false)).isEqualTo(expected);
  }
}
