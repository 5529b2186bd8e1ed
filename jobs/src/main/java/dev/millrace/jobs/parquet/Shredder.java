package dev.millrace.jobs.parquet;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.BaseListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapLogicalTypeAnnotation;
import org.apache.parquet.schema.Type;

/**
 * Takes a field's values from vectors apart into Parquet's columns, as {@link ToParquet} has their
 * types: the values of its leaves, and with each the two levels by which Parquet knows where a list
 * begins and what is null.
 *
 * <p>Repetition: the depth of the list that goes on with a value; 0 begins a row. Definition: how
 * many of the optional and repeated fields down to a value are there.
 */
abstract class Shredder {

  private final String name;
  private final boolean optional;

  private Shredder(Type type) {
    this.name = type.getName();
    this.optional = type.isRepetition(Type.Repetition.OPTIONAL);
  }

  /**
   * Makes one for a field.
   *
   * @param leaves the writers of the file's columns, of which it takes its own from the front
   */
  static Shredder of(Type type, Iterator<ColumnWriter> leaves) {
    return of(type, leaves, 0);
  }

  private static Shredder of(Type type, Iterator<ColumnWriter> leaves, int depth) {
    if (type.isPrimitive()) {
      return new Leaf(type, leaves.next());
    }
    GroupType group = type.asGroupType();
    return group.getLogicalTypeAnnotation() instanceof ListLogicalTypeAnnotation
            || group.getLogicalTypeAnnotation() instanceof MapLogicalTypeAnnotation
        ? new Repeated(group, leaves, depth + 1)
        : new Struct(group, leaves, depth);
  }

  private static List<Shredder> fields(GroupType group, Iterator<ColumnWriter> leaves, int depth) {
    List<Shredder> fields = new ArrayList<>();
    group.getFields().forEach(field -> fields.add(of(field, leaves, depth)));
    return fields;
  }

  /** Writes a row of a file. */
  final void write(FieldVector vector, int row) {
    write(vector, row, 0, 0);
  }

  /**
   * Writes a value, or that there is none.
   *
   * @param above the definition of what is around the field
   */
  final void write(FieldVector vector, int row, int repetition, int above) {
    if (!vector.isNull(row)) {
      writeValue(vector, row, repetition, optional ? above + 1 : above);
    } else if (optional) {
      writeNull(repetition, above);
    } else {
      throw new IllegalStateException(
          "The column '" + name + "' has a null although its type says that it has none.");
    }
  }

  abstract void writeValue(FieldVector vector, int row, int repetition, int definition);

  abstract void writeNull(int repetition, int definition);

  private static final class Leaf extends Shredder {
    private final ColumnWriter to;

    Leaf(Type type, ColumnWriter to) {
      super(type);
      this.to = to;
    }

    @Override
    void writeValue(FieldVector vector, int row, int repetition, int definition) {
      ParquetValues.write(to, vector, row, repetition, definition);
    }

    @Override
    void writeNull(int repetition, int definition) {
      to.writeNull(repetition, definition);
    }
  }

  private static final class Struct extends Shredder {
    private final List<Shredder> fields;

    Struct(GroupType group, Iterator<ColumnWriter> leaves, int depth) {
      super(group);
      this.fields = fields(group, leaves, depth);
    }

    @Override
    void writeValue(FieldVector vector, int row, int repetition, int definition) {
      List<FieldVector> vectors = vector.getChildrenFromFields();
      for (int i = 0; i < fields.size(); i++) {
        fields.get(i).write(vectors.get(i), row, repetition, definition);
      }
    }

    @Override
    void writeNull(int repetition, int definition) {
      fields.forEach(field -> field.writeNull(repetition, definition));
    }
  }

  /** A list or a map: a group with a repeated group in it. */
  private static final class Repeated extends Shredder {
    private final List<Shredder> fields;
    private final int depth;

    Repeated(GroupType group, Iterator<ColumnWriter> leaves, int depth) {
      super(group);
      this.fields = fields(group.getType(0).asGroupType(), leaves, depth);
      this.depth = depth;
    }

    @Override
    void writeValue(FieldVector vector, int row, int repetition, int definition) {
      BaseListVector lists = (BaseListVector) vector;
      int from = lists.getElementStartIndex(row);
      int until = lists.getElementEndIndex(row);
      if (from == until) {
        writeNull(repetition, definition);
        return;
      }
      FieldVector elements = lists.getChildrenFromFields().get(0);
      List<FieldVector> vectors =
          lists instanceof MapVector
              ? ((StructVector) elements).getChildrenFromFields()
              : List.of(elements);
      for (int i = from; i < until; i++) {
        for (int field = 0; field < fields.size(); field++) {
          fields
              .get(field)
              .write(vectors.get(field), i, i == from ? repetition : depth, definition + 1);
        }
      }
    }

    @Override
    void writeNull(int repetition, int definition) {
      fields.forEach(field -> field.writeNull(repetition, definition));
    }
  }
}
