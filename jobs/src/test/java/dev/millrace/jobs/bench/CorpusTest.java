package dev.millrace.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.accelerator.Models;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class CorpusTest {

  private static Corpus deal(List<String> texts) {
    try (HuggingFaceIds tokenizer = new HuggingFaceIds(Models.resolve("minilm"))) {
      return Corpus.deal(texts, tokenizer);
    }
  }

  @Test
  void eachTextIsDealtOnceAndThenFromTheBeginning() {
    List<String> texts = new MadeUpTexts(3).titles();
    Corpus corpus = deal(texts);
    assertThat(corpus.first(texts.size())).containsExactlyInAnyOrderElementsOf(texts);
    assertThat(corpus.first(texts.size() + 2).subList(texts.size(), texts.size() + 2))
        .isEqualTo(corpus.first(2));
    assertThat(deal(List.of("one")).first(3)).containsExactly("one", "one", "one");
  }

  @Test
  void anyFirstFewHaveTheLengthsOfAll() {
    Corpus corpus = deal(new MadeUpTexts(3).reviews(4));
    for (int count : new int[] {50, 130, 700}) {
      double mean =
          Arrays.stream(corpus.firstTokens(count)).mapToInt(ids -> ids.length).average().orElse(0);
      assertThat(mean).isCloseTo(corpus.meanTokens(), within(corpus.meanTokens() * 0.03));
    }
  }

  @Test
  void textsThatComeAgainInOtherLettersHaveTheSameTokens() {
    Corpus corpus = deal(List.of("Red mug", "red mug", "!", "Glass jar with a lid"));
    List<String> recased = corpus.recased(40);
    assertThat(recased).doesNotHaveDuplicates().hasSize(40).contains("!", "rEd mug");
    try (HuggingFaceIds tokenizer = new HuggingFaceIds(Models.resolve("minilm"))) {
      Set<List<Long>> before = ids(tokenizer.ids(corpus.first(corpus.size())));
      assertThat(ids(tokenizer.ids(recased))).isEqualTo(before);
    }
    Corpus few = deal(List.of("a"));
    assertThat(few.recased(2)).containsExactly("a", "A");
    assertThatThrownBy(() -> few.recased(3)).hasMessageContaining("too few letters");
  }

  private static Set<List<Long>> ids(long[][] ofTexts) {
    return Arrays.stream(ofTexts)
        .map(ids -> Arrays.stream(ids).boxed().toList())
        .collect(Collectors.toSet());
  }

  @Test
  void madeUpTextsComeFromTheirSeed() {
    MadeUpTexts texts = new MadeUpTexts(5);
    assertThat(texts.reviews(6)).isEqualTo(new MadeUpTexts(5).reviews(6));
    assertThat(texts.stream()).hasSizeGreaterThan(60_000);
    assertThat(texts.titles()).containsAll(texts.stream().subList(0, 500));
  }
}
