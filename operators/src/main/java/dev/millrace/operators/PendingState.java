package dev.millrace.operators;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.util.StateMigrationException;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint holds of the rows that have come in and not left.
 *
 * <p>To Flink it is bytes, so that a checkpoint without rows says nothing of their type, and a job
 * whose rows are of another type can begin with it. Two lists:
 *
 * <ul>
 *   <li>{@value #ROWS}: one element a row, which Flink shares out when the parallelism changes. A
 *       byte with the format's version, the id of the serializer (long), the row's timestamp
 *       (long), the row as that serializer writes it.
 *   <li>{@value #SERIALIZERS}: how the rows were written; every subtask gets all of them. A byte
 *       with the format's version, the id, Flink's versioned snapshot of the serializer. There is
 *       none if there are no rows.
 * </ul>
 *
 * <p>The format before it, {@value #ROWS_V1}, was a list of pairs with the row's own serializer. It
 * is read and not written. Used on the task's thread.
 *
 * @param <S> what is held of a row
 */
final class PendingState<S> {

  static final String ROWS = "pending-rows-v2";
  static final String SERIALIZERS = "pending-serializers-v2";
  static final String ROWS_V1 = "pending-rows-v1";

  private static final byte VERSION = 2;

  private static final String WHAT_TO_DO =
      " Resume with the job that took it, and take a savepoint with the option '"
          + InferenceOptions.CHECKPOINT_MODE.key()
          + "' set to 'drain', which holds no rows; begin with that one.";

  private final OperatorStateStore store;
  private final TypeSerializer<S> serializer;
  private final ClassLoader loader;
  private final boolean readsV1;
  private final ListState<byte[]> rows;
  private final ListState<byte[]> serializers;
  private final DataOutputSerializer bytes = new DataOutputSerializer(256);

  /**
   * @param serializer of the job as it is now
   * @param loader for the types that a checkpoint names
   */
  PendingState(OperatorStateStore store, TypeSerializer<S> serializer, ClassLoader loader)
      throws Exception {
    this.store = store;
    this.serializer = serializer;
    this.loader = loader;
    // Flink keeps a list that was restored in all later checkpoints; with the second format there
    // the first is empty, and its type is not to be compared with the job's any more.
    this.readsV1 =
        store.getRegisteredStateNames().contains(ROWS_V1)
            && !store.getRegisteredStateNames().contains(ROWS);
    this.rows = store.getListState(bytesNamed(ROWS));
    this.serializers = store.getUnionListState(bytesNamed(SERIALIZERS));
  }

  private static ListStateDescriptor<byte[]> bytesNamed(String name) {
    return new ListStateDescriptor<>(name, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
  }

  /**
   * The rows of the checkpoint, each with its timestamp, in the order in which they were saved.
   *
   * @throws StateMigrationException if the job's row type cannot be made of them
   */
  List<Tuple2<Long, S>> restore() throws Exception {
    List<Tuple2<Long, S>> restored = new ArrayList<>();
    GenericRows<S> generic = new GenericRows<>(serializer);
    if (readsV1) {
      ListState<Tuple2<Long, S>> old =
          store.getListState(new ListStateDescriptor<>(ROWS_V1, pairs()));
      old.get().forEach(row -> restored.add(Tuple2.of(row.f0, generic.resolve(row.f1))));
      old.clear();
    }
    Map<Long, byte[]> snapshots = new HashMap<>();
    for (byte[] element : serializers.get()) {
      DataInputDeserializer in = new DataInputDeserializer(element);
      requireKnown(in.readByte());
      snapshots.put(in.readLong(), element);
    }
    Map<Long, TypeSerializer<S>> readers = new HashMap<>();
    for (byte[] element : rows.get()) {
      DataInputDeserializer in = new DataInputDeserializer(element);
      requireKnown(in.readByte());
      long id = in.readLong();
      TypeSerializer<S> reader = readers.get(id);
      if (reader == null) {
        reader = reader(snapshots.get(id));
        readers.put(id, reader);
      }
      long timestamp = in.readLong();
      restored.add(Tuple2.of(timestamp, generic.resolve(reader.deserialize(in))));
    }
    return restored;
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private TypeSerializer<Tuple2<Long, S>> pairs() {
    return new TupleSerializer(
        Tuple2.class, new TypeSerializer<?>[] {LongSerializer.INSTANCE, serializer});
  }

  static void requireKnown(byte version) throws StateMigrationException {
    if (version != VERSION) {
      throw new StateMigrationException(
          "The checkpoint's rows are in the format "
              + version
              + "; this version of Millrace knows formats up to "
              + VERSION
              + ". Resume with the version that wrote it, or a later one.");
    }
  }

  private TypeSerializer<S> reader(byte @Nullable [] snapshotElement)
      throws StateMigrationException {
    if (snapshotElement == null) {
      throw new StateMigrationException(
          "The checkpoint holds rows and does not say how they were written: the list '"
              + SERIALIZERS
              + "' is not whole. Resume from another one.");
    }
    TypeSerializerSnapshot<S> saved;
    try {
      DataInputDeserializer in = new DataInputDeserializer(snapshotElement);
      in.skipBytesToRead(Byte.BYTES + Long.BYTES);
      saved = TypeSerializerSnapshot.readVersionedSnapshot(in, loader);
    } catch (IOException unreadable) {
      throw new StateMigrationException(
          "The checkpoint holds rows of a type that this job does not have: "
              + unreadable.getMessage()
              + WHAT_TO_DO,
          unreadable);
    }
    if (serializer.snapshotConfiguration().resolveSchemaCompatibility(saved).isIncompatible()) {
      throw new StateMigrationException(
          "The checkpoint holds rows as "
              + saved.restoreSerializer()
              + " wrote them, and this job's rows, of "
              + serializer
              + ", cannot be made of them."
              + WHAT_TO_DO);
    }
    return saved.restoreSerializer();
  }

  /** Puts rows with their timestamps into the checkpoint that is being made, and nothing else. */
  void save(List<Tuple2<Long, S>> pending) throws Exception {
    rows.clear();
    serializers.clear();
    if (pending.isEmpty()) {
      return;
    }
    bytes.clear();
    TypeSerializerSnapshot.writeVersionedSnapshot(bytes, serializer.snapshotConfiguration());
    byte[] snapshot = bytes.getCopyOfBuffer();
    long id = idOf(snapshot);
    bytes.clear();
    bytes.writeByte(VERSION);
    bytes.writeLong(id);
    bytes.write(snapshot);
    serializers.add(bytes.getCopyOfBuffer());
    List<byte[]> elements = new ArrayList<>(pending.size());
    for (Tuple2<Long, S> row : pending) {
      bytes.clear();
      bytes.writeByte(VERSION);
      bytes.writeLong(id);
      bytes.writeLong(row.f0);
      serializer.serialize(row.f1, bytes);
      elements.add(bytes.getCopyOfBuffer());
    }
    rows.update(elements);
  }

  private static long idOf(byte[] snapshot) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(snapshot)).getLong();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every Java has SHA-256.", impossible);
    }
  }
}
