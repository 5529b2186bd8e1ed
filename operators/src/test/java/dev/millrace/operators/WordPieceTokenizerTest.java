package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.ThreadMXBean;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.SharedData;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.arrow.memory.ArrowBuf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every id is that of Hugging Face's own library. */
class WordPieceTokenizerTest {

  private static final int NO_LIMIT = 1 << 22;
  private static final long SEED = 20_250_309;

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8, 256})
  void realDescriptionsHaveTheLibrarysIds(int maxTokens) throws Exception {
    Set<String> descriptions = new TreeSet<>();
    for (Path month : files(SharedData.onlineRetail())) {
      List<String> lines = lines(month);
      int column = fields(lines.get(0)).indexOf("Description");
      assertThat(column).isNotNegative();
      lines.stream().skip(1).map(line -> fields(line).get(column)).forEach(descriptions::add);
    }
    assertThat(descriptions).hasSizeGreaterThan(3_000);
    List<String> texts = new ArrayList<>(descriptions);
    if (maxTokens != 256) {
      texts = texts.subList(0, 1_000);
    }
    try (Pair pair = new Pair(TokenizerFiles.builtIn(), maxTokens)) {
      texts.forEach(pair::check);
    }
  }

  @Test
  void realReviewsHaveTheLibrarysIds() throws Exception {
    Path reviews = SharedData.onlineRetail().resolveSibling("reviews");
    try (Pair pair = new Pair(TokenizerFiles.builtIn(), 256);
        Pair cut = new Pair(TokenizerFiles.builtIn(), 64)) {
      for (Path file : files(reviews)) {
        List<String> lines = lines(file);
        assertThat(lines).isNotEmpty();
        lines.forEach(pair::check);
        lines.forEach(cut::check);
      }
    }
  }

  /** Of a line of CSV, quoted as Excel does it. */
  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        field.append(line.charAt(++i));
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields;
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".csv.gz")).toList();
    }
  }

  private static List<String> lines(Path file) throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      return reader.lines().collect(Collectors.toList());
    }
  }

  @Test
  void generatedTextsHaveTheLibrarysIds() throws Exception {
    int texts = Integer.getInteger("millrace.test.strings", 10_000);
    long first = Long.getLong("millrace.test.seed", SEED);
    List<Pair> pairs = new ArrayList<>();
    try {
      pairs.add(new Pair(TokenizerFiles.builtIn(), 256));
      pairs.add(new Pair(TokenizerFiles.builtIn(true, true, "null", false), 12));
      pairs.add(spelling(true, true, "null", true));
      pairs.add(spelling(true, true, "true", false));
      pairs.add(spelling(false, false, "true", true));
      pairs.add(spelling(false, true, "false", true));
      for (int i = 0; i < texts; i++) {
        String text = TextGenerator.text(first + i);
        String hint = "-Dmillrace.test.seed=" + (first + i) + " -Dmillrace.test.strings=1";
        pairs.get(0).check(text, hint);
        if (texts == 1) {
          pairs.forEach(pair -> pair.check(text, hint));
        } else {
          pairs.get(1 + i % (pairs.size() - 1)).check(text, hint);
        }
      }
    } finally {
      pairs.forEach(Pair::close);
    }
  }

  private static Pair spelling(boolean clean, boolean chinese, String strip, boolean lower)
      throws Exception {
    return new Pair(
        TokenizerFiles.spelling(TokenizerFiles.builtIn(clean, chinese, strip, lower)), NO_LIMIT);
  }

  @ParameterizedTest
  @CsvSource({
    "true, true, null, true, 1",
    "true, true, false, false, 5",
    "false, false, true, false, 5",
    "false, true, false, true, 5"
  })
  void everyCodePointIsTheLibrarys(
      boolean clean, boolean chinese, String strip, boolean lower, int step) throws Exception {
    boolean all = Integer.getInteger("millrace.test.strings", 0) >= 1_000_000;
    IntPredicate plain =
        point ->
            (point >= 0x3400 && point < 0xA000)
                || (point >= 0xAC00 && point < 0xF900)
                || (point >= 0x17000 && point < 0x1B000)
                || point >= 0x1FC00;
    try (Pair pair = spelling(clean, chinese, strip, lower)) {
      StringBuilder text = new StringBuilder();
      int inText = 0;
      for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
        if ((point >= 0xD800 && point <= 0xDFFF)
            || (!all && point % (plain.test(point) ? 97 : step) != 0)) {
          continue;
        }
        // Alone, between letters, and between marks that are reordered.
        text.append(' ').appendCodePoint(point).append(" x").appendCodePoint(point).append('Y');
        text.append(" x\uD834\uDD6D").appendCodePoint(point).append("\uD834\uDD65 ");
        if (++inText == 100) {
          pair.check(text.toString());
          text.setLength(0);
          inText = 0;
        }
      }
      pair.check(text.toString());
    }
  }

  @Test
  void oddTextsHaveTheLibrarysIds() throws Exception {
    String long100 = "a".repeat(100);
    List<String> texts =
        List.of(
            "",
            " ",
            "\0",
            "a\0b",
            "\uD800",
            "a\uDC00b \uD83D\uDE00",
            "\uD83D\uDE00 a\0 \uD83D",
            "caf\u00e9 [MASK] \u03A3\u0399\u03A3 [SEP]x[CLS]",
            "[SEP",
            "[UNK][UNK]",
            long100,
            long100 + "a",
            "\u00e9".repeat(101),
            "x" + "\u302E\uD834\uDD65".repeat(120),
            "word ".repeat(200_000),
            "w".repeat(200_000),
            "\u302E\uD834\uDD6D".repeat(20_000),
            "\uD55C\uAD6D\uC5B4 \u4E2D\u6587 \uF900 \u1E9B\u0323");
    try (Pair pair = new Pair(TokenizerFiles.builtIn(), 256);
        Pair whole = new Pair(TokenizerFiles.builtIn(false, true, "null", true), NO_LIMIT)) {
      for (String text : texts) {
        pair.check(text);
        whole.check(text);
      }
    }
  }

  @Test
  void encodingMakesNoGarbage() throws Exception {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      texts.add(TextGenerator.text(i));
    }
    TextUnits units = new TextUnits();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (MemoryScope scope = MemoryScope.open("tokens");
        TokenBuffer buffer = new TokenBuffer(scope.allocator());
        WordPieceTokenizer tokenizer = TokenizerFiles.ours(TokenizerFiles.builtIn(), 256)) {
      long allocated = 0;
      for (int round = 0; round < 30; round++) {
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        for (int i = 0; i < texts.size(); i++) {
          units.read(texts.get(i));
          tokenizer.encode(units, buffer);
        }
        buffer.clear();
        allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
      }
      assertThat(allocated / (double) texts.size()).isLessThan(2);
    }
  }

  /** Ours and the library's, from one file. */
  private static final class Pair implements AutoCloseable {
    private final MemoryScope scope = MemoryScope.open("tokens");
    private final TokenBuffer buffer = new TokenBuffer(scope.allocator());
    private final TextUnits units = new TextUnits();
    private final ObjectNode normalizer;
    private final WordPieceTokenizer ours;
    private final HuggingFaceTokenizer library;

    Pair(ObjectNode file, int maxTokens) throws Exception {
      normalizer = (ObjectNode) file.path("normalizer");
      ours = TokenizerFiles.ours(file, maxTokens);
      library = TokenizerFiles.library(file, maxTokens);
    }

    void check(String text) {
      check(text, "");
    }

    void check(String text, String hint) {
      buffer.clear();
      buffer.append(-7);
      units.read(text);
      int length = ours.encode(units, buffer);
      long[] expected = library.encode(text, true, false).getIds();
      assertThat(buffer.size()).isEqualTo(length + 1);
      long[] ids = new long[length];
      try (ArrowBuf copy = scope.allocator().buffer((length + 1L) * Long.BYTES)) {
        buffer.copyTo(0, length + 1, copy, 0);
        assertThat(copy.getLong(0)).isEqualTo(-7);
        for (int i = 0; i < length; i++) {
          ids[i] = copy.getLong((i + 1L) * Long.BYTES);
        }
      }
      if (!Arrays.equals(ids, expected)) {
        assertThat(ids).as("%s %s of %s", hint, normalizer, escaped(text)).isEqualTo(expected);
      }
      checkFromUtf8(text, expected, hint);
    }

    private void checkFromUtf8(String text, long[] expected, String hint) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      if (!new String(bytes, StandardCharsets.UTF_8).equals(text)) {
        return;
      }
      try (ArrowBuf utf8 = scope.allocator().buffer(bytes.length + 3L)) {
        utf8.setBytes(3, bytes);
        units.read(utf8, 3, bytes.length);
      }
      buffer.clear();
      int length = ours.encode(units, buffer);
      long[] ids = new long[length];
      for (int i = 0; i < length; i++) {
        ids[i] = buffer.get(i);
      }
      if (!Arrays.equals(ids, expected)) {
        assertThat(ids)
            .as("UTF-8, %s %s of %s", hint, normalizer, escaped(text))
            .isEqualTo(expected);
      }
    }

    private static String escaped(String text) {
      return text.chars()
          .limit(300)
          .mapToObj(c -> c > 32 && c < 127 ? "" + (char) c : String.format("\\u%04X", c))
          .collect(Collectors.joining());
    }

    @Override
    public void close() {
      library.close();
      ours.close();
      buffer.close();
      scope.close();
    }
  }
}
