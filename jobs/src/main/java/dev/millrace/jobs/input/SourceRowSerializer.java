package dev.millrace.jobs.input;

import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import dev.millrace.schemas.ItemField;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Rows between tasks: the outcome, then the part as Avro writes it. Rows are immutable, so a copy
 * is the row itself. No state holds rows, so their layout may change with every version.
 */
final class SourceRowSerializer extends TypeSerializerSingleton<SourceRow> {

  static final SourceRowSerializer INSTANCE = new SourceRowSerializer();
  private static final long serialVersionUID = 1L;

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public SourceRow createInstance() {
    return SourceRow.leftOut(Outcome.RETURNED);
  }

  @Override
  public SourceRow copy(SourceRow from) {
    return from;
  }

  @Override
  public SourceRow copy(SourceRow from, SourceRow reuse) {
    return from;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(SourceRow row, DataOutputView target) throws IOException {
    target.writeUTF(row.outcome().name());
    if (row.outcome() == Outcome.RETURNED) {
      target.writeBoolean(row.item() != null);
    }
    if (row.interaction() != null) {
      write(Interaction.getClassSchema(), row.interaction(), target);
      target.writeInt(row.fields().size());
      for (ItemField field : row.fields()) {
        write(ItemField.getClassSchema(), field, target);
      }
    } else if (row.item() != null) {
      write(Item.getClassSchema(), row.item(), target);
    } else if (row.deadLetter() != null) {
      write(DeadLetter.getClassSchema(), row.deadLetter(), target);
    }
  }

  @Override
  public SourceRow deserialize(DataInputView source) throws IOException {
    Outcome outcome = Outcome.valueOf(source.readUTF());
    return switch (outcome) {
      case INTERACTION -> SourceRow.of(read(Interaction.class, source), fields(source));
      case ITEM -> SourceRow.of(read(Item.class, source));
      case RETURNED ->
          source.readBoolean()
              ? SourceRow.returned(read(Item.class, source))
              : SourceRow.leftOut(outcome);
      case DEAD_LETTER -> SourceRow.of(read(DeadLetter.class, source));
      default -> SourceRow.leftOut(outcome);
    };
  }

  @Override
  public SourceRow deserialize(SourceRow reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    serialize(deserialize(source), target);
  }

  @Override
  public TypeSerializerSnapshot<SourceRow> snapshotConfiguration() {
    return new Snapshot();
  }

  private static <T> void write(Schema schema, T part, DataOutputView target) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
    new SpecificDatumWriter<T>(schema).write(part, encoder);
    encoder.flush();
    target.writeInt(bytes.size());
    target.write(bytes.toByteArray());
  }

  private static List<ItemField> fields(DataInputView source) throws IOException {
    int size = source.readInt();
    if (size == 0) {
      return List.of();
    }
    List<ItemField> fields = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      fields.add(read(ItemField.class, source));
    }
    return fields;
  }

  private static <T> T read(Class<T> type, DataInputView source) throws IOException {
    byte[] bytes = new byte[source.readInt()];
    source.readFully(bytes);
    return new SpecificDatumReader<>(type)
        .read(null, DecoderFactory.get().binaryDecoder(bytes, null));
  }

  /** How Flink finds this serializer again. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<SourceRow> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
