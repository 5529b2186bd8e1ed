package dev.millrace.jobs.parquet;

import java.util.List;
import java.util.function.IntSupplier;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.Type;

/**
 * Takes values from Parquet's columns straight into vectors. What Parquet does not mention is null,
 * which is what a vector has where nothing was set.
 */
final class ColumnConverters {

  private ColumnConverters() {}

  /** Where the next value of a vector goes. */
  interface Place {

    /** Its index. */
    int at();

    /** Which record of the file it is of: indexes come again with every batch. */
    long record();

    /** A place in a vector below, for the same record. */
    default Place within(IntSupplier index) {
      Place outer = this;
      return new Place() {
        @Override
        public int at() {
          return index.getAsInt();
        }

        @Override
        public long record() {
          return outer.record();
        }
      };
    }
  }

  /**
   * Converts the fields of a group.
   *
   * @param vectors one for each field
   * @param place where the next values go
   */
  static Converter[] fields(GroupType group, List<? extends FieldVector> vectors, Place place) {
    Converter[] converters = new Converter[group.getFieldCount()];
    for (int i = 0; i < converters.length; i++) {
      Type type = group.getType(i);
      FieldVector vector = vectors.get(i);
      converters[i] =
          type.isRepetition(Type.Repetition.REPEATED)
              ? new Loose(type, (ListVector) vector, place).items()
              : plain(type, vector, place);
    }
    return converters;
  }

  private static Converter plain(Type type, FieldVector vector, Place place) {
    if (type.isPrimitive()) {
      return new ValueConverter(vector, place, () -> {});
    }
    GroupType group = type.asGroupType();
    if (vector instanceof MapVector map && FromParquet.isMap(group)) {
      return new MapConverter(group, map, place);
    }
    if (vector instanceof ListVector list
        && group.getLogicalTypeAnnotation() instanceof ListLogicalTypeAnnotation) {
      return new ListConverter(group, list, place);
    }
    return new Struct(group, (StructVector) vector, place, () -> {});
  }

  /** A struct; {@code after} is told when it is complete. */
  private static final class Struct extends GroupConverter {
    private final StructVector struct;
    private final Place place;
    private final Runnable after;
    private final Converter[] children;

    Struct(GroupType group, StructVector struct, Place place, Runnable after) {
      this.struct = struct;
      this.place = place;
      this.after = after;
      this.children = fields(group, struct.getChildrenFromFields(), place);
    }

    @Override
    public Converter getConverter(int field) {
      return children[field];
    }

    @Override
    public void start() {
      struct.setIndexDefined(place.at());
    }

    @Override
    public void end() {
      after.run();
    }
  }

  /** A list as it should be: a group with the annotation, and in it a repeated field. */
  private static final class ListConverter extends GroupConverter {
    private final ListVector list;
    private final Place place;
    private final Converter repeated;
    private int first;
    private int count;

    ListConverter(GroupType group, ListVector list, Place place) {
      this.list = list;
      this.place = place;
      Type type = group.getType(0);
      FieldVector items = list.getDataVector();
      Place at = place.within(() -> first + count);
      Runnable next = () -> count++;
      if (!FromParquet.isItem(group, type)) {
        repeated = new Wrapped(plain(FromParquet.item(group), items, at), next);
      } else if (type.isPrimitive()) {
        repeated = new ValueConverter(items, at, next);
      } else {
        repeated = new Struct(type.asGroupType(), (StructVector) items, at, next);
      }
    }

    @Override
    public Converter getConverter(int field) {
      return repeated;
    }

    @Override
    public void start() {
      first = list.startNewValue(place.at());
      count = 0;
    }

    @Override
    public void end() {
      list.endValue(place.at(), count);
    }
  }

  /** The repeated group around an element, which may be null in it. */
  private static final class Wrapped extends GroupConverter {
    private final Converter item;
    private final Runnable after;

    Wrapped(Converter item, Runnable after) {
      this.item = item;
      this.after = after;
    }

    @Override
    public Converter getConverter(int field) {
      return item;
    }

    @Override
    public void start() {}

    @Override
    public void end() {
      after.run();
    }
  }

  /** A map: a repeated group of keys and values. */
  private static final class MapConverter extends GroupConverter {
    private final MapVector map;
    private final Place place;
    private final Struct entry;
    private int first;
    private int count;

    MapConverter(GroupType group, MapVector map, Place place) {
      this.map = map;
      this.place = place;
      this.entry =
          new Struct(
              group.getType(0).asGroupType(),
              (StructVector) map.getDataVector(),
              place.within(() -> first + count),
              () -> count++);
    }

    @Override
    public Converter getConverter(int field) {
      return entry;
    }

    @Override
    public void start() {
      first = map.startNewValue(place.at());
      count = 0;
    }

    @Override
    public void end() {
      map.endValue(place.at(), count);
    }
  }

  /** A repeated field without a list around it: it has as many values as come, maybe none. */
  private static final class Loose {
    private final Type type;
    private final ListVector list;
    private final Place place;
    private long record = -1;
    private int row = -1;
    private int first;
    private int count;

    Loose(Type type, ListVector list, Place place) {
      this.type = type;
      this.list = list;
      this.place = place;
    }

    Converter items() {
      FieldVector items = list.getDataVector();
      return type.isPrimitive()
          ? new ValueConverter(items, place.within(this::at), this::next)
          : new Struct(
              type.asGroupType(), (StructVector) items, place.within(this::at), this::next);
    }

    private int at() {
      if (record != place.record() || row != place.at()) {
        record = place.record();
        row = place.at();
        first = list.startNewValue(row);
        count = 0;
      }
      return first + count;
    }

    private void next() {
      count++;
      // Arrow adds to what the list has.
      list.endValue(row, 1);
    }
  }
}
