package dev.millrace.pipelines;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.operators.ArrowBatchTypeInfo;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;

/** Texts as a stream of batches with the columns {@code id} and {@code text}, and back. */
final class TextBatches {

  private TextBatches() {}

  /** A text's id is its place in the list. */
  static DataStream<ArrowBatch> of(
      StreamExecutionEnvironment env, List<String> texts, int rowsEach) {
    int batches = (texts.size() + rowsEach - 1) / rowsEach;
    return env.fromSequence(0, batches - 1)
        .flatMap(new Write(texts, rowsEach))
        .returns(ArrowBatchTypeInfo.INSTANCE);
  }

  /** The vectors in the batches, by id. */
  static DataStream<Tuple2<Integer, float[]>> vectors(DataStream<ArrowBatch> embedded) {
    return embedded
        .flatMap(new Read())
        .returns(TypeInformation.of(new TypeHint<Tuple2<Integer, float[]>>() {}));
  }

  private static final class Write implements FlatMapFunction<Long, ArrowBatch> {
    private static final long serialVersionUID = 1L;

    private final String[] texts;
    private final int rowsEach;

    Write(List<String> texts, int rowsEach) {
      this.texts = texts.toArray(String[]::new);
      this.rowsEach = rowsEach;
    }

    @Override
    public void flatMap(Long number, Collector<ArrowBatch> out) {
      int from = Math.toIntExact(number * rowsEach);
      int rows = Math.min(rowsEach, texts.length - from);
      try (MemoryScope scope = MemoryScope.open("texts")) {
        IntVector ids = new IntVector("id", scope.allocator());
        VarCharVector column = new VarCharVector("text", scope.allocator());
        for (int row = 0; row < rows; row++) {
          ids.setSafe(row, from + row);
          column.setSafe(row, texts[from + row].getBytes(StandardCharsets.UTF_8));
        }
        ids.setValueCount(rows);
        column.setValueCount(rows);
        try (ArrowBatch batch = ArrowBatch.own(scope, VectorSchemaRoot.of(ids, column));
            ArrowBatch loan = batch.lend()) {
          out.collect(loan);
        }
      }
    }
  }

  private static final class Read implements FlatMapFunction<ArrowBatch, Tuple2<Integer, float[]>> {
    private static final long serialVersionUID = 1L;

    @Override
    public void flatMap(ArrowBatch given, Collector<Tuple2<Integer, float[]>> out) {
      try (ArrowBatch batch = given) {
        IntVector ids = (IntVector) batch.requireColumn("id");
        FixedSizeListVector vectors =
            (FixedSizeListVector) batch.requireColumn(TextColumns.EMBEDDING);
        Float4Vector values = (Float4Vector) vectors.getDataVector();
        for (int row = 0; row < batch.rowCount(); row++) {
          float[] vector = new float[vectors.getListSize()];
          for (int i = 0; i < vector.length; i++) {
            vector[i] = values.get(row * vector.length + i);
          }
          out.collect(Tuple2.of(ids.get(row), vector));
        }
      }
    }
  }
}
