package dev.millrace.jobs.input;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.millrace.schemas.DeadLetter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CsvFormatTest {

  private static final String TIME = "2025-01-01T10:00:00Z";

  @TempDir Path folder;

  private List<String> read(String content) {
    return Rows.briefs(
        Rows.read(Rows.format(FileFormat.CSV), Rows.write(folder, "rows.csv", content)));
  }

  private static String row(String item) {
    return "u," + item + ",a text,b,1," + TIME;
  }

  @Test
  void readsWhatFastCsvReads() throws IOException {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      String content = clean(random);
      List<List<String>> expected = new ArrayList<>();
      try (CsvReader<CsvRecord> reference = CsvReader.builder().ofCsvRecord(content)) {
        reference.forEach(record -> expected.add(record.getFields()));
      }
      assertThat(records(content)).as("seed %s: %s", seed, content).isEqualTo(expected);
    }
  }

  private static List<List<String>> records(String content) throws IOException {
    List<List<String>> records = new ArrayList<>();
    try (CsvRecords csv =
        new CsvRecords(
            new LineReader(
                new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)),
                CsvRecords.MOST_BYTES))) {
      CsvRecords.Entry entry;
      while ((entry = csv.next()) != null) {
        records.add(Objects.requireNonNull(entry.fields(), () -> "no record"));
      }
    }
    return records;
  }

  private static String clean(Random random) {
    String[] pieces = {"a", "ä", "€", "😀", ",", "\"", "\n", "\r\n", " ", "''", "x y"};
    StringBuilder content = new StringBuilder();
    int width = 2 + random.nextInt(3);
    for (int row = 0; row < random.nextInt(20); row++) {
      for (int column = 0; column < width; column++) {
        StringBuilder field = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
          field.append(pieces[random.nextInt(pieces.length)]);
        }
        content.append(column == 0 ? "" : ",").append(Rows.quote(field.toString()));
      }
      content.append(random.nextBoolean() ? "\n" : "\r\n");
    }
    return content.toString();
  }

  /** Builds files of rows that are known, good and bad, and expects each back with its line. */
  @Test
  void accountsForEveryLineOfDirtyFiles() {
    for (int seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      StringBuilder content = new StringBuilder(Rows.HEADER).append('\n');
      List<String> expected = new ArrayList<>();
      int line = 2;
      for (int i = 0; i < 60; i++) {
        String item = "i" + i;
        switch (random.nextInt(8)) {
          case 0 -> {
            content.append("too,few,fields\n");
            expected.add(line++ + ": too,few,fields");
          }
          case 1 -> {
            String text = row(item) + ",one more";
            content.append(text).append('\n');
            expected.add(line++ + ": " + text);
          }
          case 2 -> {
            // Closed at once, and then something follows.
            String text = "u," + item + ",\"broken\" quote,b,1," + TIME;
            content.append(text).append('\n');
            expected.add(line++ + ": " + text);
          }
          case 3 -> {
            content.append("u,").append(item).append(",\"two\nlines\",b,1,").append(TIME);
            content.append('\n');
            expected.add("INTERACTION " + item);
            line += 2;
          }
          case 4 -> {
            content.append(",").append(item).append(",text,b,1,").append(TIME).append('\n');
            expected.add("NO_USER");
            line++;
          }
          case 5 -> {
            content.append("u,").append(item).append(",text,b,-1,").append(TIME).append("\r\n");
            expected.add("RETURNED");
            line++;
          }
          case 6 -> {
            content.append('\n');
            line++;
          }
          default -> {
            content.append(row(item)).append('\n');
            expected.add("INTERACTION " + item);
            line++;
          }
        }
      }
      assertThat(read(content.toString())).as("seed %s", seed).isEqualTo(expected);
    }
  }

  @Test
  void anOpenQuoteCostsItsLineOnly() {
    String open = "u,i2,\"never closed,b,1," + TIME;
    StringBuilder content = new StringBuilder(Rows.HEADER + "\n" + row("i1") + "\n" + open + "\n");
    List<String> expected = new ArrayList<>(List.of("INTERACTION i1", "3: " + open));
    for (int i = 3; i < 3 + 2 * CsvRecords.MOST_LINES; i++) {
      content.append(row("i" + i)).append('\n');
      expected.add("INTERACTION i" + i);
    }
    assertThat(read(content.toString())).isEqualTo(expected);
  }

  @Test
  void aQuoteThatALaterLineSeemsToCloseCostsItsLineOnly() {
    String open = "u,i1,\"never closed,b,1," + TIME;
    String quoted = "u,i2,\"a text\",b,1," + TIME;
    assertThat(read(Rows.HEADER + "\n" + open + "\n" + quoted + "\n" + row("i3") + "\n"))
        .containsExactly("2: " + open, "INTERACTION i2", "INTERACTION i3");
  }

  @Test
  void aQuoteInsideAFieldIsACharacter() {
    assertThat(read(Rows.HEADER + "\nu,i1,5\" nails,b,1," + TIME + "\n"))
        .containsExactly("INTERACTION i1");
  }

  @Test
  void aLineTooLongIsCutAndPassedOver() {
    String longLine = "x".repeat(CsvRecords.MOST_BYTES + 100);
    List<SourceRow> rows =
        Rows.read(
            Rows.format(FileFormat.CSV),
            Rows.write(folder, "long.csv", Rows.HEADER + "\n" + longLine + "\n" + row("i") + "\n"));
    assertThat(rows)
        .extracting(SourceRow::outcome)
        .containsExactly(Outcome.DEAD_LETTER, Outcome.INTERACTION);
    DeadLetter letter = Objects.requireNonNull(rows.get(0).deadLetter());
    assertThat(letter.getPayload().remaining()).isEqualTo(CsvRecords.MOST_BYTES);
    assertThat(letter.getPosition()).isEqualTo(2);
    assertThat(letter.getReason()).contains("1048676 bytes");
  }

  @Test
  void tenMillionColumnsAreOneDeadLetter() {
    byte[] header =
        ("user,item,text,time" + ",".repeat(10_000_000)).getBytes(StandardCharsets.UTF_8);
    byte[] rest = ("\n" + row("i") + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] content = Arrays.copyOf(header, header.length + rest.length);
    System.arraycopy(rest, 0, content, header.length, rest.length);
    List<SourceRow> rows =
        Rows.read(Rows.format(FileFormat.CSV), Rows.write(folder, "wide.csv", content));
    assertThat(rows).extracting(SourceRow::outcome).containsExactly(Outcome.DEAD_LETTER);
    assertThat(Objects.requireNonNull(rows.get(0).deadLetter()).getReason())
        .contains("10000019 bytes")
        .contains("It is the header, so no row of the file can be read.");
  }

  @Test
  void aDeadLetterKeepsTheOriginalBytes() {
    byte[] bad = {(byte) 0xC3, (byte) 0x28, ',', 'x'};
    byte[] header = (Rows.HEADER + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] content = new byte[header.length + bad.length];
    System.arraycopy(header, 0, content, 0, header.length);
    System.arraycopy(bad, 0, content, header.length, bad.length);
    Path file = Rows.write(folder, "latin.csv", content);
    List<SourceRow> rows = Rows.read(Rows.format(FileFormat.CSV), file);
    DeadLetter letter = Objects.requireNonNull(rows.get(0).deadLetter());
    byte[] payload = new byte[letter.getPayload().remaining()];
    letter.getPayload().duplicate().get(payload);
    assertThat(payload).isEqualTo(bad);
    assertThat(letter.getSource()).isEqualTo(file.toString());
  }

  @Test
  void theHeaderDecidesWhereTheColumnsAre() {
    String content =
        "\uFEFFtime,extra,\"user\", quantity ,text,item,basket\r\n" + TIME + ",x,u,2,t,i1,b\r\n";
    assertThat(read(content)).containsExactly("INTERACTION i1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\uFEFF", Rows.HEADER, Rows.HEADER + "\n\n"})
  void filesWithoutRowsHaveNone(String content) {
    assertThat(read(content)).isEmpty();
  }

  @Test
  void aGzipThatEndsEarlyKeepsItsRowsAndIsOneDeadLetter() {
    StringBuilder content = new StringBuilder(Rows.HEADER).append('\n');
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      content.append(row("i" + i + "-" + random.nextLong())).append('\n');
    }
    byte[] whole = Rows.gzip(content.toString());
    for (int cut : new int[] {0, 5, 20, whole.length / 2, whole.length - 1}) {
      byte[] part = java.util.Arrays.copyOf(whole, cut);
      List<SourceRow> rows =
          Rows.read(Rows.format(FileFormat.CSV), Rows.write(folder, "cut.csv.gz", part));
      SourceRow last = rows.get(rows.size() - 1);
      assertThat(last.outcome()).isEqualTo(Outcome.DEAD_LETTER);
      assertThat(Objects.requireNonNull(last.deadLetter()).getReason()).contains("gzip");
      assertThat(Objects.requireNonNull(last.deadLetter()).getSource()).endsWith("cut.csv.gz");
      assertThat(rows.subList(0, rows.size() - 1))
          .allMatch(row -> row.outcome() == Outcome.INTERACTION);
    }
    byte[] half = java.util.Arrays.copyOf(whole, whole.length / 2);
    assertThat(Rows.read(Rows.format(FileFormat.CSV), Rows.write(folder, "h.csv.gz", half)))
        .hasSizeGreaterThan(5_000);
  }

  @Test
  void aCorruptGzipIsOneDeadLetter() {
    byte[] bytes = Rows.gzip((Rows.HEADER + "\n" + row("i1") + "\n").repeat(2_000));
    for (int i = bytes.length / 2; i < bytes.length / 2 + 40; i++) {
      bytes[i] ^= 0x5A;
    }
    List<SourceRow> rows =
        Rows.read(Rows.format(FileFormat.CSV), Rows.write(folder, "bad.csv.gz", bytes));
    assertThat(rows.get(rows.size() - 1).outcome()).isEqualTo(Outcome.DEAD_LETTER);
    assertThat(
            Rows.briefs(
                Rows.read(
                    Rows.format(FileFormat.CSV), Rows.write(folder, "no.csv.gz", "user,item\n"))))
        .hasSize(1);
  }

  @Test
  void aGzipOfSeveralMembersIsReadToItsEnd() throws IOException {
    var all = new java.io.ByteArrayOutputStream();
    all.write(Rows.gzip(Rows.HEADER + "\n" + row("i1") + "\n"));
    all.write(Rows.gzip(row("i2") + "\n"));
    assertThat(
            Rows.briefs(
                Rows.read(
                    Rows.format(FileFormat.CSV),
                    Rows.write(folder, "two.csv.gz", all.toByteArray()))))
        .containsExactly("INTERACTION i1", "INTERACTION i2");
  }
}
