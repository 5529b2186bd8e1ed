package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.OffHeapMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArrowBatchSerializerTest {

  @Test
  void aBatchComesBackAsItWas() throws IOException {
    try (ArrowBatch batch = batch(3)) {
      DataOutputSerializer bytes = new DataOutputSerializer(64);
      ArrowBatchSerializer.INSTANCE.serialize(batch, bytes);
      try (ArrowBatch read =
          ArrowBatchSerializer.INSTANCE.deserialize(
              new DataInputDeserializer(bytes.getCopyOfBuffer()))) {
        assertThat(read.root().getSchema()).isEqualTo(batch.root().getSchema());
        assertThat(read.root().contentToTSVString()).isEqualTo(batch.root().contentToTSVString());
      }
    }
  }

  @Test
  void bytesAreCopiedAsTheyAre() throws IOException {
    try (ArrowBatch batch = batch(5)) {
      DataOutputSerializer bytes = new DataOutputSerializer(64);
      ArrowBatchSerializer.INSTANCE.serialize(batch, bytes);
      DataOutputSerializer copied = new DataOutputSerializer(64);
      ArrowBatchSerializer.INSTANCE.copy(
          new DataInputDeserializer(bytes.getCopyOfBuffer()), copied);
      assertThat(copied.getCopyOfBuffer()).isEqualTo(bytes.getCopyOfBuffer());
    }
  }

  @Test
  void aCopySharesTheMemoryAndOutlivesTheOriginal() {
    ArrowBatch batch = batch(4);
    long allocated = OffHeapMemory.allocatedBytes();
    try (ArrowBatch copy = ArrowBatchSerializer.INSTANCE.copy(batch)) {
      assertThat(OffHeapMemory.allocatedBytes()).isEqualTo(allocated);
      batch.close();
      assertThat(((IntVector) copy.requireColumn("number")).get(3)).isEqualTo(3);
    }
  }

  @Test
  void anotherVersionIsRefused() {
    byte[] newer = {9, 0, 0, 0, 0};
    assertThatThrownBy(
            () -> ArrowBatchSerializer.INSTANCE.deserialize(new DataInputDeserializer(newer)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("format version 9");
  }

  @Test
  void anEmptyInstanceHoldsNothing() {
    try (ArrowBatch empty = ArrowBatchSerializer.INSTANCE.createInstance()) {
      assertThat(empty.rowCount()).isZero();
    }
  }

  /** One stream of batches to two consumers: chained or over the network, reused or copied. */
  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void everyConsumerOfAJobClosesWhatItGets(boolean objectReuse, boolean chained) throws Exception {
    Configuration config = new Configuration();
    config.set(PipelineOptions.OBJECT_REUSE, objectReuse);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2, config);
    DataStream<ArrowBatch> batches =
        env.fromSequence(1, 50).flatMap(new EmitBatch()).returns(ArrowBatchTypeInfo.INSTANCE);
    DataStream<ArrowBatch> seen = chained ? batches : batches.rebalance();
    DataStream<Long> sums =
        seen.map(new SumAndClose()).union(seen.map(new SumAndClose())).rebalance();
    long total = 0;
    try (CloseableIterator<Long> results = sums.executeAndCollect()) {
      while (results.hasNext()) {
        total += results.next();
      }
    }
    long expected = 0;
    for (int rows = 1; rows <= 50; rows++) {
      expected += (long) rows * (rows - 1);
    }
    assertThat(total).isEqualTo(expected);
  }

  private static final class EmitBatch implements FlatMapFunction<Long, ArrowBatch> {
    private static final long serialVersionUID = 1L;

    @Override
    public void flatMap(Long rows, Collector<ArrowBatch> out) {
      try (ArrowBatch batch = batch(rows.intValue())) {
        out.collect(batch.lend());
      }
    }
  }

  private static final class SumAndClose implements MapFunction<ArrowBatch, Long> {
    private static final long serialVersionUID = 1L;

    @Override
    public Long map(ArrowBatch batch) {
      try (batch) {
        IntVector numbers = (IntVector) batch.requireColumn("number");
        long sum = 0;
        for (int row = 0; row < batch.rowCount(); row++) {
          sum += numbers.get(row);
        }
        return sum;
      }
    }
  }

  private static ArrowBatch batch(int rows) {
    try (MemoryScope scope = MemoryScope.open("test batch")) {
      IntVector numbers = new IntVector("number", scope.allocator());
      VarCharVector texts = new VarCharVector("text", scope.allocator());
      for (int row = 0; row < rows; row++) {
        numbers.setSafe(row, row);
        if (row % 3 != 1) {
          texts.setSafe(row, ("text " + row).getBytes(StandardCharsets.UTF_8));
        }
      }
      numbers.setValueCount(rows);
      texts.setValueCount(rows);
      return ArrowBatch.own(scope, new VectorSchemaRoot(List.of(numbers, texts)));
    }
  }
}
