package dev.millrace.schemas;

import java.time.Instant;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.avro.data.TimeConversions;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificRecord;

/**
 * How an Avro record is laid out as Arrow columns: a column for each field, in the record's order.
 *
 * <table>
 * <caption>Types</caption>
 * <tr><th>Avro</th><th>Arrow</th><th>Java</th></tr>
 * <tr><td>string</td><td>Utf8</td><td>{@link String}</td></tr>
 * <tr><td>bytes</td><td>Binary</td><td>{@link java.nio.ByteBuffer}</td></tr>
 * <tr><td>int, long</td><td>Int(32), Int(64)</td><td>{@link Integer}, {@link Long}</td></tr>
 * <tr><td>float, double</td><td>FloatingPoint</td><td>{@link Float}, {@link Double}</td></tr>
 * <tr><td>boolean</td><td>Bool</td><td>{@link Boolean}</td></tr>
 * <tr><td>enum</td><td>Utf8, the symbol</td><td>the enum</td></tr>
 * <tr><td>timestamp-millis</td><td>Timestamp(MILLISECOND, UTC)</td><td>{@link Instant}</td></tr>
 * <tr><td>array</td><td>List</td><td>{@link List}</td></tr>
 * <tr><td>record</td><td>Struct</td><td>the record</td></tr>
 * <tr><td>union of null and one of these</td><td>the same, nullable</td><td>the same, or null</td></tr>
 * </table>
 *
 * <p>A field's Avro documentation is in the Arrow field's metadata under {@code doc}. The full name
 * of a record or enum is under {@code avro.name}, in the metadata of the schema or the field.
 *
 * <p>Reading follows Avro's schema resolution, with the columns as the writer's schema: a column is
 * found by the field's name, else by one of its aliases; columns that the record does not know are
 * passed over; a field without a column gets its default; numbers are promoted; string and bytes
 * stand for each other; an enum's unknown symbol becomes the enum's default. Metadata is not looked
 * at, so columns that others wrote can be read too.
 *
 * <p>A layout is immutable and free for all threads.
 *
 * @param <T> the record
 */
public final class RecordLayout<T extends IndexedRecord> {

  private final Class<T> type;
  private final org.apache.avro.Schema avroSchema;
  private final Schema arrowSchema;
  private final GenericData data;

  private RecordLayout(Class<T> type, org.apache.avro.Schema avroSchema, GenericData data) {
    this.type = type;
    this.avroSchema = avroSchema;
    this.arrowSchema = ArrowFields.schema(avroSchema);
    this.data = data;
    data.addLogicalTypeConversion(new TimeConversions.TimestampMillisConversion());
  }

  /**
   * The layout of a generated record class.
   *
   * @throws RecordLayoutException if a field's type has no layout; it names the field and the type
   */
  public static <T extends SpecificRecord> RecordLayout<T> of(Class<T> type) {
    ClassData data = new ClassData(type.getClassLoader());
    return new RecordLayout<>(type, data.getSchema(type), data);
  }

  /**
   * The layout of a record that is known by its Avro schema alone. What is read are generic
   * records, with strings as {@link String} and times as {@link Instant}.
   *
   * @throws IllegalArgumentException if the schema is not that of a record
   * @throws RecordLayoutException if a field's type has no layout; it names the field and the type
   */
  public static RecordLayout<GenericRecord> of(org.apache.avro.Schema schema) {
    if (schema.getType() != org.apache.avro.Schema.Type.RECORD) {
      throw new IllegalArgumentException(
          "A layout is of a record, but the Avro schema is of type "
              + ColumnType.describe(schema)
              + ". Put the type into a record's field.");
    }
    return new RecordLayout<>(GenericRecord.class, schema, new GenericData());
  }

  /** The Avro schema that this is the layout of. */
  public org.apache.avro.Schema avroSchema() {
    return avroSchema;
  }

  /** The columns. */
  public Schema arrowSchema() {
    return arrowSchema;
  }

  /**
   * Writes records into a new root, one row each, in their order.
   *
   * @param allocator where the root's memory is from; it stays the caller's
   * @return a root that the caller owns and closes; it shares nothing with the records
   * @throws RecordLayoutException if a value does not fit its field; nothing stays allocated
   * @throws org.apache.arrow.memory.OutOfMemoryException if the allocator's limit is too low;
   *     nothing stays allocated
   */
  public VectorSchemaRoot write(List<? extends T> records, BufferAllocator allocator) {
    VectorSchemaRoot root = VectorSchemaRoot.create(arrowSchema, allocator);
    try {
      write(records, root);
      return root;
    } catch (RuntimeException | Error e) {
      root.close();
      throw e;
    }
  }

  /**
   * Writes records into a root that is there, for a writer that is bound to one. What was in the
   * root is gone.
   *
   * @param root with exactly this layout's schema; it stays the caller's, who closes it also after
   *     a failure, when it holds no rows
   * @throws RecordLayoutException if the root has another schema or a value does not fit its field
   * @throws org.apache.arrow.memory.OutOfMemoryException if the allocator's limit is too low
   */
  public void write(List<? extends T> records, VectorSchemaRoot root) {
    FieldPath path = FieldPath.root(avroSchema.getFullName());
    if (!root.getSchema().equals(arrowSchema)) {
      throw path.failure(
          "the root's columns are "
              + root.getSchema().getFields()
              + ", but the layout's are "
              + arrowSchema.getFields()
              + ". Create the root with this layout's schema.");
    }
    root.clear();
    try {
      for (FieldVector vector : root.getFieldVectors()) {
        vector.setInitialCapacity(Math.max(1, records.size()));
        vector.allocateNew();
      }
      List<ColumnWriter.FieldWriter> fields =
          ColumnWriter.ofRecord(avroSchema, root::getVector, path);
      int row = 0;
      for (T record : records) {
        writeRow(fields, row++, record, path);
      }
      root.setRowCount(row);
    } catch (RuntimeException | Error e) {
      root.clear();
      throw e;
    }
  }

  private void writeRow(List<ColumnWriter.FieldWriter> fields, int row, T record, FieldPath path) {
    try {
      ColumnWriter.setRecord(avroSchema, fields, row, record, path);
    } catch (RecordLayoutException e) {
      throw e.inRow(row);
    }
  }

  /**
   * A reader of a root's rows. Finding the columns is done here, once.
   *
   * @param root of this record's layout, or that of an older or newer version, or by any other
   *     writer; it stays the caller's and must be open as long as the reader is used
   * @throws RecordLayoutException if a field has neither column nor default, or a column of a type
   *     that it cannot be read from
   */
  public RecordReader<T> reader(VectorSchemaRoot root) {
    FieldPath path = FieldPath.root(avroSchema.getFullName());
    return new RecordReader<>(
        root, RecordColumns.bind(avroSchema, root::getVector, path, data), type);
  }

  /**
   * The record in one row. For more than one, get a {@link #reader}.
   *
   * @throws IndexOutOfBoundsException if there is no such row
   * @throws RecordLayoutException as {@link #reader} and {@link RecordReader#read}
   */
  public T read(VectorSchemaRoot root, int row) {
    return reader(root).read(row);
  }
}
