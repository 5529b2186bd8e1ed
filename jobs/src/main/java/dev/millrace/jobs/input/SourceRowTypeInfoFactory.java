package dev.millrace.jobs.input;

import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.jspecify.annotations.Nullable;

/** Tells Flink how {@link SourceRow} travels. */
public final class SourceRowTypeInfoFactory extends TypeInfoFactory<SourceRow> {

  /** The type. */
  public static final TypeInformation<SourceRow> TYPE = new SourceRowTypeInfo();

  @Override
  public TypeInformation<SourceRow> createTypeInfo(
      Type type, Map<String, TypeInformation<?>> parameters) {
    return TYPE;
  }

  private static final class SourceRowTypeInfo extends TypeInformation<SourceRow> {
    private static final long serialVersionUID = 1L;

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
    public Class<SourceRow> getTypeClass() {
      return SourceRow.class;
    }

    @Override
    public boolean isKeyType() {
      return false;
    }

    @Override
    public TypeSerializer<SourceRow> createSerializer(SerializerConfig config) {
      return SourceRowSerializer.INSTANCE;
    }

    @Override
    public String toString() {
      return "SourceRow";
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof SourceRowTypeInfo;
    }

    @Override
    public int hashCode() {
      return SourceRowTypeInfo.class.hashCode();
    }

    @Override
    public boolean canEqual(Object other) {
      return other instanceof SourceRowTypeInfo;
    }
  }
}
