package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.jspecify.annotations.Nullable;

/** The type of a stream of batches. See {@link ArrowBatchSerializer} for who owns what. */
public final class ArrowBatchTypeInfo extends TypeInformation<ArrowBatch> {

  public static final ArrowBatchTypeInfo INSTANCE = new ArrowBatchTypeInfo();

  private static final long serialVersionUID = 1L;

  private ArrowBatchTypeInfo() {}

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public Class<ArrowBatch> getTypeClass() {
    return ArrowBatch.class;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public TypeSerializer<ArrowBatch> createSerializer(SerializerConfig config) {
    return ArrowBatchSerializer.INSTANCE;
  }

  @Override
  public String toString() {
    return "ArrowBatch";
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ArrowBatchTypeInfo;
  }

  @Override
  public int hashCode() {
    return ArrowBatchTypeInfo.class.hashCode();
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof ArrowBatchTypeInfo;
  }
}
