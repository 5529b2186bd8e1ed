package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.accelerator.MemoryScope;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every token's place is that of Hugging Face's own library. */
class TokenPlacesTest {

  private static final long SEED = 20_260_117;

  @Test
  void chosenTextsHaveTheLibrarysPlaces() throws Exception {
    String long100 = "a".repeat(100);
    List<String> texts =
        List.of(
            "Hugging Face is in New York City.",
            "Ça coûte 3\u00a0€, naïve résumé",
            "cafe\u0301 re\u0301sume\u0301 e\u0301",
            "\uD83D\uDE00 emoji \uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67 and \uD83C\uDDE9\uD83C\uDDEA.",
            "中文字 and 日本語テキスト 한국어",
            "İstanbul STRASSE Straße ǅ",
            "a\u0000b \u200Bzero\u00ADwidth",
            "[SEP] typed [MASK] in [CLS]",
            "unknown \uD808\uDC00\uD808\uDC01 word",
            long100 + "x tail",
            "é".repeat(101) + " tail",
            "tokenization  \t unaffable\n\nembeddings",
            "");
    check(TokenizerFiles.builtIn(), 256, texts);
    check(TokenizerFiles.builtIn(), 6, texts);
    check(TokenizerFiles.builtIn(true, true, "false", false), 256, texts);
  }

  @Test
  void generatedTextsHaveTheLibrarysPlaces() throws Exception {
    long first = Long.getLong("millrace.test.seed", SEED);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      String text = TextGenerator.text(first + i);
      if (!hasReorderedMarks(text)) {
        texts.add(text);
      }
    }
    assertThat(texts).hasSizeGreaterThan(1_500);
    check(TokenizerFiles.builtIn(), 256, texts);
    check(TokenizerFiles.builtIn(false, true, "false", false), 12, texts);
  }

  /** The library then says of each mark that it is where another one is. */
  private static boolean hasReorderedMarks(String text) {
    StringBuilder kept = new StringBuilder();
    StringBuilder inPlace = new StringBuilder();
    text.codePoints()
        .filter(point -> !isRemoved(point))
        .forEach(
            point -> {
              String one = Character.toString(point);
              kept.append(one);
              inPlace.append(Normalizer.normalize(one, Normalizer.Form.NFD));
            });
    return !Normalizer.normalize(kept, Normalizer.Form.NFD).contentEquals(inPlace);
  }

  private static boolean isRemoved(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE, Character.UNASSIGNED -> true;
      default -> false;
    };
  }

  @Test
  void aMarkThatIsReorderedLiesWithinItsWord() throws Exception {
    TokenPlaces places = new TokenPlaces();
    TextUnits units = new TextUnits();
    units.read("a x\u0F71\uD834\uDD65\u094D\u0F72 b");
    try (MemoryScope scope = MemoryScope.open("places");
        TokenBuffer ids = new TokenBuffer(scope.allocator());
        WordPieceTokenizer ours = TokenizerFiles.ours(TokenizerFiles.builtIn(), 256)) {
      assertThat(ours.encode(units, ids, places)).isEqualTo(5);
      assertThat(places.start(2)).isEqualTo(2);
      assertThat(places.end(2)).isBetween(3, 8);
      assertThat(places.start(3)).isEqualTo(9);
    }
  }

  private static void check(ObjectNode file, int maxTokens, List<String> texts) throws Exception {
    TokenPlaces places = new TokenPlaces();
    TextUnits units = new TextUnits();
    try (MemoryScope scope = MemoryScope.open("places");
        TokenBuffer plain = new TokenBuffer(scope.allocator());
        TokenBuffer ids = new TokenBuffer(scope.allocator());
        WordPieceTokenizer ours = TokenizerFiles.ours(file, maxTokens);
        HuggingFaceTokenizer library = TokenizerFiles.library(file, maxTokens)) {
      for (String text : texts) {
        plain.clear();
        ids.clear();
        units.read(text);
        int count = ours.encode(units, plain);
        assertThat(ours.encode(units, ids, places)).isEqualTo(count).isEqualTo(places.size());
        for (int i = 0; i < count; i++) {
          assertThat(ids.get(i)).isEqualTo(plain.get(i));
        }
        Encoding encoding = library.encode(text, true, false);
        CharSpan[] spans = encoding.getCharTokenSpans();
        assertThat(spans).hasSize(count);
        int[] starts = HuggingFaceLibraryTokenizer.unitsOfChars(units);
        for (int i = 0; i < count; i++) {
          String place = places.isInText(i) ? places.start(i) + " to " + places.end(i) : "outside";
          CharSpan span = spans[i];
          assertThat(place)
              .as("token %s of %s", i, escaped(text))
              .isEqualTo(
                  span == null
                      ? "outside"
                      : starts[span.getStart()] + " to " + starts[span.getEnd()]);
        }
      }
    }
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.chars()
        .limit(300)
        .forEach(
            c -> escaped.append(c > 32 && c < 127 ? "" + (char) c : String.format("\\u%04X", c)));
    return escaped.toString();
  }
}
