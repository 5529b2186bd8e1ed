package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.millrace.accelerator.MemoryScope;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.apache.arrow.memory.ArrowBuf;
import org.junit.jupiter.api.Test;

class TextUnitsTest {

  private static final long SEED = 20_250_411;

  /** Bytes that lie at the edges of what UTF-8 allows, beside whatever else. */
  private static final int[] EDGES = {
    0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED,
    0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xF7, 0xF8, 0xFC, 0xFE, 0xFF
  };

  private final TextUnits units = new TextUnits();

  @Test
  void bytesBecomeWhatJavasDecoderMakesOfThem() throws Exception {
    try (MemoryScope scope = MemoryScope.open("bytes");
        ArrowBuf memory = scope.allocator().buffer(256)) {
      for (long seed = SEED; seed < SEED + 200_000; seed++) {
        byte[] bytes = bytes(seed);
        memory.setBytes(5, bytes);
        units.read(memory, 5, bytes.length);
        String expected = decoded(bytes);
        if (!units.toString().equals(expected)) {
          assertThat(units.toString())
              .as("seed %d: %s", seed, Arrays.toString(bytes))
              .isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void everySequenceOfTwoToFourEdgesBecomesWhatJavasDecoderMakesOfIt() throws Exception {
    try (MemoryScope scope = MemoryScope.open("bytes");
        ArrowBuf memory = scope.allocator().buffer(16)) {
      int count = EDGES.length;
      for (int n = 0; n < count * count * count * count; n++) {
        byte[] bytes = {
          (byte) EDGES[n % count],
          (byte) EDGES[n / count % count],
          (byte) EDGES[n / count / count % count],
          (byte) EDGES[n / count / count / count]
        };
        memory.setBytes(0, bytes);
        int length = 2 + n % 3;
        units.read(memory, 0, length);
        String expected = decoded(Arrays.copyOf(bytes, length));
        if (!units.toString().equals(expected)) {
          assertThat(units.toString())
              .as("the first %d of %s", length, Arrays.toString(bytes))
              .isEqualTo(expected);
        }
      }
    }
  }

  private static byte[] bytes(long seed) {
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
    if (random.nextBoolean()) {
      byte[] wellFormed = TextGenerator.text(seed).getBytes(StandardCharsets.UTF_8);
      byte[] some = Arrays.copyOf(wellFormed, random.nextInt(Math.min(200, wellFormed.length + 1)));
      if (some.length > 0 && random.nextBoolean()) {
        some[random.nextInt(some.length)] = (byte) random.nextInt(256);
      }
      return some;
    }
    byte[] bytes = new byte[random.nextInt(24)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] =
          (byte) (random.nextBoolean() ? EDGES[random.nextInt(EDGES.length)] : random.nextInt(256));
    }
    return bytes;
  }

  private static String decoded(byte[] bytes) throws Exception {
    return StandardCharsets.UTF_8
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPLACE)
        .onUnmappableCharacter(CodingErrorAction.REPLACE)
        .decode(ByteBuffer.wrap(bytes))
        .toString();
  }

  @Test
  void bytesBeyondTheBufferAreRefused() {
    try (MemoryScope scope = MemoryScope.open("bytes");
        ArrowBuf memory = scope.allocator().buffer(64)) {
      assertThatThrownBy(() -> units.read(memory, 60, 5))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void aStringComesBackAsItWas() {
    for (int seed = 0; seed < 2_000; seed++) {
      String text = TextGenerator.text(seed);
      units.read(text);
      assertThat(units.toString()).isEqualTo(text);
      assertThat(units.length()).isEqualTo(text.length());
      assertThat(units.isBlank()).isEqualTo(text.isBlank());
    }
  }

  @Test
  void blankIsWhatJavaCallsBlank() {
    for (int c = 0; c <= Character.MAX_VALUE; c++) {
      String text = " " + (char) c + "\t";
      units.read(text);
      assertThat(units.isBlank()).as("U+%04X", c).isEqualTo(text.isBlank());
    }
    units.read("");
    assertThat(units.isBlank()).isTrue();
  }

  @Test
  void onlyTheSameTextIsTheSame() {
    TextUnits other = new TextUnits();
    try (MemoryScope scope = MemoryScope.open("units");
        ArrowBuf memory = scope.allocator().buffer(1024)) {
      for (int length = 0; length < 20; length++) {
        String text = "abcdefghijklmnopqrstuvwxyz".substring(0, length);
        units.read(text);
        units.writeTo(memory.memoryAddress());
        other.read("something longer, so that the array has more in it");
        other.read(text);
        assertThat(other.sameAs(units)).isTrue();
        assertThat(other.isAt(memory.memoryAddress())).isTrue();
        assertThat(other.hash()).isEqualTo(units.hash());
        for (int changed = 0; changed < length; changed++) {
          char[] chars = text.toCharArray();
          chars[changed] = (char) (chars[changed] ^ 0x8000);
          other.read(new String(chars));
          assertThat(other.sameAs(units)).isFalse();
          assertThat(other.isAt(memory.memoryAddress())).isFalse();
          assertThat(other.hash()).isNotEqualTo(units.hash());
        }
        other.read(text + "\0");
        assertThat(other.sameAs(units)).isFalse();
        assertThat(other.hash()).isNotEqualTo(units.hash());
      }
    }
  }

  @Test
  void hashesAreSpreadOverLowAndHighBits() {
    int texts = 1 << 16;
    Set<Long> low = new HashSet<>();
    Set<Long> high = new HashSet<>();
    for (int i = 0; i < texts; i++) {
      units.read("item " + i);
      low.add(units.hash() & (texts - 1));
      high.add(units.hash() >>> 48);
    }
    // Balls thrown at random into as many boxes leave 1/e of them empty.
    double filled = texts * (1 - 1 / Math.E);
    assertThat((double) low.size()).isBetween(filled * 0.98, filled * 1.02);
    assertThat((double) high.size()).isBetween(filled * 0.98, filled * 1.02);
  }

  @Test
  void aLongTextsMemoryIsGivenBack() {
    units.read("x".repeat(1 << 20));
    units.trim(4096);
    assertThat(units.units()).hasSizeLessThanOrEqualTo(4096);
    units.read("short");
    char[] kept = units.units();
    units.trim(4096);
    assertThat(units.units()).isSameAs(kept);
    assertThat(units.length()).isZero();
  }

  @Test
  void readingMakesNoGarbage() {
    String text = TextGenerator.text(7) + " and more";
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (MemoryScope scope = MemoryScope.open("units");
        ArrowBuf memory = scope.allocator().buffer(bytes.length)) {
      memory.setBytes(0, bytes);
      long allocated = 0;
      long sum = 0;
      for (int round = 0; round < 30; round++) {
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        for (int i = 0; i < 1_000; i++) {
          units.read(text);
          sum += units.hash();
          units.read(memory, 0, bytes.length);
          sum += units.hash();
        }
        allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
      }
      assertThat(sum).isNotZero();
      assertThat(allocated / 1_000.0).isLessThan(2);
    }
  }
}
