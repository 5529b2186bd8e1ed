package dev.millrace.pipelines.recommend;

import java.io.IOException;
import java.util.Objects;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.CompositeTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.java.typeutils.runtime.PojoSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * Writes items with their lists as Flink's serializer of POJOs writes them, each list read from
 * where it lies when its item is written, and stored again when it is read for a subtask: neither a
 * checkpoint nor a restart has all of them on the heap. A copy of an item that has references to
 * its lists has the same ones, so whoever copies must see to it that they hold until the copy has
 * been written.
 */
final class ItemStateSerializer extends TypeSerializer<ItemState> {
  private static final long serialVersionUID = 1L;

  private final TypeSerializer<ItemState> pojo;

  ItemStateSerializer() {
    this(TypeInformation.of(ItemState.class).createSerializer(new SerializerConfigImpl()));
  }

  private ItemStateSerializer(TypeSerializer<ItemState> pojo) {
    this.pojo = pojo;
  }

  @Override
  public boolean isImmutableType() {
    return false;
  }

  @Override
  public TypeSerializer<ItemState> duplicate() {
    return new ItemStateSerializer(pojo.duplicate());
  }

  @Override
  public ItemState createInstance() {
    return new ItemState();
  }

  @Override
  public ItemState copy(ItemState from) {
    return from.lists == null ? pojo.copy(from) : from.copy();
  }

  @Override
  public ItemState copy(ItemState from, ItemState reuse) {
    return copy(from);
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(ItemState item, DataOutputView target) throws IOException {
    pojo.serialize(item.withLists(), target);
  }

  @Override
  public ItemState deserialize(DataInputView source) throws IOException {
    ItemState item = pojo.deserialize(source);
    SharedLists lists = RestoredLists.ofThread();
    if (lists != null) {
      item.share(lists);
    }
    return item;
  }

  @Override
  public ItemState deserialize(ItemState reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    pojo.copy(source, target);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ItemStateSerializer same && pojo.equals(same.pojo);
  }

  @Override
  public int hashCode() {
    return Objects.hash(ItemStateSerializer.class, pojo);
  }

  @Override
  public TypeSerializerSnapshot<ItemState> snapshotConfiguration() {
    return new Snapshot(this);
  }

  /** What a checkpoint says of the serializer. Public for Flink only. */
  public static final class Snapshot
      extends CompositeTypeSerializerSnapshot<ItemState, ItemStateSerializer> {
    private static final int VERSION = 1;

    /** For Flink. */
    public Snapshot() {}

    Snapshot(ItemStateSerializer serializer) {
      super(serializer);
    }

    @Override
    protected int getCurrentOuterSnapshotVersion() {
      return VERSION;
    }

    @Override
    protected TypeSerializer<?>[] getNestedSerializers(ItemStateSerializer outer) {
      return new TypeSerializer<?>[] {outer.pojo};
    }

    @Override
    @SuppressWarnings("unchecked") // It is what getNestedSerializers gave.
    protected ItemStateSerializer createOuterSerializerWithNestedSerializers(
        TypeSerializer<?>[] nested) {
      return new ItemStateSerializer((TypeSerializer<ItemState>) nested[0]);
    }

    /** Earlier versions of Millrace wrote the same bytes, with Flink's serializer alone. */
    @Override
    @SuppressWarnings("unchecked") // It is what getNestedSerializers gave.
    public TypeSerializerSchemaCompatibility<ItemState> resolveSchemaCompatibility(
        TypeSerializerSnapshot<ItemState> old) {
      if (!(old instanceof PojoSerializerSnapshot)) {
        return super.resolveSchemaCompatibility(old);
      }
      TypeSerializerSnapshot<ItemState> pojo =
          (TypeSerializerSnapshot<ItemState>) getNestedSerializerSnapshots()[0];
      return pojo.resolveSchemaCompatibility(old).isIncompatible()
          ? TypeSerializerSchemaCompatibility.incompatible()
          : TypeSerializerSchemaCompatibility.compatibleAfterMigration();
    }
  }
}
