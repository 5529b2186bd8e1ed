package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Models;
import java.io.ByteArrayInputStream;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pairs of texts: how they are kept, and which ids they have. */
final class PairsTest {

  private static final long SEED = Long.getLong("millrace.test.seed", 20261125);

  @ParameterizedTest(name = "{0} tokens")
  @CsvSource({"3, 300", "4, 500", "5, 500", "16, 1500", "33, 1500", "256, 1500"})
  void idsAndTypesAreThoseOfTheLibrary(int maxTokens, int pairs) throws Exception {
    byte[] json = Models.resolve("minilm").tokenizerJson();
    Random random = new Random(SEED + maxTokens);
    try (HuggingFaceTokenizer library =
            HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(json),
                Map.of(
                    "truncation",
                    "true",
                    "padding",
                    "false",
                    "modelMaxLength",
                    String.valueOf(maxTokens),
                    "maxLength",
                    String.valueOf(maxTokens)));
        Tokenizer ours = new WordPieceTokenizer(WordPieceFile.read(json, maxTokens));
        MemoryScope scope = MemoryScope.open("test");
        TokenBuffer into = new TokenBuffer(scope.allocator())) {
      TextUnits units = new TextUnits();
      for (int i = 0; i < pairs; i++) {
        String first = TextGenerator.text(random.nextLong());
        String second = TextGenerator.text(random.nextLong());
        into.clear();
        units.read(first, second);
        int count = ours.encode(units, into);
        Encoding expected = library.encode(first, second);
        String what = "seed " + SEED + ", pair " + i + ": '" + first + "', '" + second + "'";
        assertThat(ids(into)).as(what).containsExactly(expected.getIds());
        assertThat(types(into)).as(what).containsExactly(expected.getTypeIds());
        assertThat(count).isEqualTo(expected.getIds().length);
      }
    }
  }

  private static long[] ids(TokenBuffer tokens) {
    long[] ids = new long[tokens.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = tokens.get(i);
    }
    return ids;
  }

  private static long[] types(TokenBuffer tokens) {
    long[] types = new long[tokens.size()];
    for (int i = 0; i < types.length; i++) {
      types[i] = i >= tokens.secondFrom() ? 1 : 0;
    }
    return types;
  }

  @Test
  void pairsAreTheSameOnlyIfBothTextsAre() {
    TextUnits pair = new TextUnits();
    TextUnits other = new TextUnits();
    pair.read("ab", "c");
    other.read("a", "bc");
    assertThat(pair.sameAs(other)).isFalse();
    assertThat(pair.hash()).isNotEqualTo(other.hash());
    other.read("ab", "c");
    assertThat(pair.sameAs(other)).isTrue();
    assertThat(pair.hash()).isEqualTo(other.hash());
    assertThat(pair.first()).isEqualTo("ab");
    assertThat(pair.second()).isEqualTo("c");
    assertThat(pair).hasToString("ab / c");
  }

  @Test
  void aPairIsBlankIfEitherTextIs() {
    TextUnits pair = new TextUnits();
    pair.read("a", " \t");
    assertThat(pair.isBlank()).isTrue();
    pair.read("", "a");
    assertThat(pair.isBlank()).isTrue();
    pair.read("a", "b");
    assertThat(pair.isBlank()).isFalse();
    pair.read("a");
    assertThat(pair.isPair()).isFalse();
  }
}
