package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Models;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A batch of 64 texts as bytes and back: how long one batch takes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ArrowBatchSerializerBenchmark {

  private final MemoryScope scope = MemoryScope.open("benchmark");
  private ArrowBatch batch;
  private final DataOutputSerializer written = new DataOutputSerializer(1 << 16);
  private final DataInputDeserializer toRead = new DataInputDeserializer();

  @Setup
  public void makeTheBatchAndItsBytes() throws IOException {
    TextUnits text = new TextUnits();
    try (Tokenizer tokenizer = Tokenizers.of(Models.resolve("minilm"));
        TokenTensors tensors = new TokenTensors(scope, 0, false);
        TokenBuffer ids = new TokenBuffer(scope.allocator())) {
      TokenTensor tensor = tensors.take(256, 64);
      for (String line : BenchmarkTexts.make(64)) {
        ids.clear();
        text.read(line);
        tensor.add(ids, tokenizer.encode(text, ids));
      }
      batch = tensor.toBatch();
    }
    serialize();
  }

  @Benchmark
  public int serialize() throws IOException {
    written.clear();
    ArrowBatchSerializer.INSTANCE.serialize(batch, written);
    return written.length();
  }

  @Benchmark
  public int deserialize() throws IOException {
    toRead.setBuffer(written.getSharedBuffer(), 0, written.length());
    try (ArrowBatch read = ArrowBatchSerializer.INSTANCE.deserialize(toRead)) {
      return read.rowCount();
    }
  }

  /** What an operator in the same chain gets. */
  @Benchmark
  public int copy() {
    try (ArrowBatch copy = ArrowBatchSerializer.INSTANCE.copy(batch)) {
      return copy.rowCount();
    }
  }

  @TearDown
  public void close() {
    batch.close();
    scope.close();
  }
}
