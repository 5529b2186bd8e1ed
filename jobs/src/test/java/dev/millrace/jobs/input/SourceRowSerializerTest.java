package dev.millrace.jobs.input;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.Item;
import dev.millrace.schemas.ItemField;
import java.io.IOException;
import java.util.List;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

final class SourceRowSerializerTest {

  @Test
  void rowsTravelWhole() throws IOException {
    List<SourceRow> rows =
        List.of(
            Rows.classifier().classify("u", "i", "ä", "b", "2.5", "2025-01-01"),
            Rows.classifier()
                .classify(
                    "u",
                    "i",
                    "t",
                    "b",
                    "1",
                    "2025-01-01",
                    "no",
                    List.of(new ItemField("price", "2.50"), new ItemField("kind", "ä"))),
            Rows.classifier().classify("u", "i", "t", "b", "0", "2025-01-01", "no", List.of()),
            SourceRow.leftOut(Outcome.RETURNED),
            SourceRow.leftOut(Outcome.NO_TEXT),
            SourceRow.of(Item.newBuilder().setItemId("i").setTitle("t").build()),
            DeadLetters.unreadable("file", 7, new byte[] {(byte) 0xC3, 0x28}, "why"));
    DataOutputSerializer out = new DataOutputSerializer(64);
    for (SourceRow row : rows) {
      SourceRowSerializer.INSTANCE.serialize(row, out);
    }
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    for (SourceRow row : rows) {
      SourceRow back = SourceRowSerializer.INSTANCE.deserialize(in);
      assertThat(back.outcome()).isEqualTo(row.outcome());
      assertThat(back.interaction()).isEqualTo(row.interaction());
      assertThat(back.fields()).isEqualTo(row.fields());
      assertThat(back.item()).isEqualTo(row.item());
      assertThat(back.deadLetter()).isEqualTo(row.deadLetter());
    }
    assertThat(in.available()).isZero();
  }
}
