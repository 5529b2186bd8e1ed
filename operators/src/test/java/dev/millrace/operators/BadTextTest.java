package dev.millrace.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that nobody wants, as rows and as columns: each has a defined result. */
class BadTextTest {

  private static final Duration LATENCY = Duration.ofMillis(20);

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", " ", "\t\n\r ", "\u2003\u3000"})
  void withoutAnythingToReadThereIsNoVectorAndTheNeighboursHaveTheirs(@Nullable String text)
      throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(2, 4, OutputOrder.ORDERED))) {
      bench.row(0, "text 0", 0);
      bench.row(1, text, 1);
      bench.row(2, "text 2", 2);
      bench.answerAll();
      assertThat(bench.output()).containsExactly("0@0", "2@2");
      assertThat(bench.deadLetters())
          .singleElement()
          .satisfies(letter -> assertThat(letter.getCategory()).isEqualTo(DeadLetters.INVALID));
    }
    try (ColumnarBench bench =
        new ColumnarBench(OperatorBench.settings(2, 4, OutputOrder.ORDERED), null)) {
      bench.texts(0, "text 0", text, "text 2");
      bench.answerAll();
      assertThat(vectors(bench)).containsExactly(vectorOf("text 0"), null, vectorOf("text 2"));
      assertThat(bench.deadLetters())
          .singleElement()
          .satisfies(letter -> assertThat(letter.getCategory()).isEqualTo(DeadLetters.INVALID));
    }
  }

  private static List<@Nullable String> vectors(ColumnarBench bench) {
    return ((List<?>) bench.output().get(0))
        .stream().map(row -> ((ColumnarBench.Row) row).vector()).toList();
  }

  private static String vectorOf(String text) {
    return Arrays.toString(OperatorBench.expected(text));
  }

  static Stream<Arguments> oddTexts() {
    String megabyte = "many words for a model that reads few of them, ".repeat(22_000);
    return Stream.of(
        Arguments.argumentSet("1 MB", megabyte, megabyte.substring(0, 10_000)),
        Arguments.argumentSet("1 MB in one word", "x".repeat(1 << 20), "x".repeat(1000)),
        Arguments.argumentSet("high half alone", "a \uD83D b", "a \uFFFD b"),
        Arguments.argumentSet("low half alone", "a\uDE00b", "a\uFFFDb"),
        Arguments.argumentSet("halves the wrong way round", "\uDE00\uD83D c", "\uFFFD\uFFFD c"),
        Arguments.argumentSet("half at the end", "end \uD83D", "end \uFFFD"),
        Arguments.argumentSet("nothing but unknown", "\uD800\uDC00\uD800\uDC01", "\uD800\uDC02"),
        Arguments.argumentSet("nothing but halves", "\uD83D\uD83D", "\uFFFD\uFFFD"),
        Arguments.argumentSet("control characters", "a\u0000b\u0007", "a\u0000b\u0007"));
  }

  @ParameterizedTest
  @MethodSource("oddTexts")
  void oddTextsHaveTheVectorOfAPlainerOne(String text, String plainer) throws Exception {
    try (OperatorBench bench =
        OperatorBench.start(OperatorBench.settings(1, 4, OutputOrder.ORDERED))) {
      bench.row(0, text, 0);
      bench.row(1, "text 1", 1);
      bench.answerAll();
      assertThat(bench.results()).hasSize(2);
      assertThat(bench.results().get(0).f1).containsExactly(OperatorBench.expected(plainer));
      assertThat(bench.results().get(1).f1).containsExactly(OperatorBench.expected("text 1"));
    }
  }

  @Test
  void bytesThatAreNoUtf8AreReadAsReplacements() throws Exception {
    byte[] broken = {'a', ' ', (byte) 0xC3, (byte) 0x28, ' ', (byte) 0xF0, (byte) 0x9F, 'b'};
    byte[] never = {(byte) 0xFF, (byte) 0xFE};
    try (ColumnarBench bench =
        new ColumnarBench(OperatorBench.settings(1, 8, OutputOrder.ORDERED), null)) {
      bench.utf8(0, broken, never, "text 2".getBytes(UTF_8));
      bench.pass(LATENCY);
      bench.answerAll();
      assertThat(vectors(bench))
          .containsExactly(
              vectorOf(new String(broken, UTF_8)),
              vectorOf(new String(never, UTF_8)),
              vectorOf("text 2"));
      assertThat(bench.deadLetters()).isEmpty();
    }
  }
}
