package dev.millrace.operators;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.millrace.accelerator.MemoryScope;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Texts to ids: how long one text takes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TokenizerBenchmark {

  private static final int TEXTS = 512;

  private final String[] texts = BenchmarkTexts.make(TEXTS);
  private final TextUnits units = new TextUnits();
  private final MemoryScope scope = MemoryScope.open("benchmark");
  private final TokenBuffer ids = new TokenBuffer(scope.allocator());
  private WordPieceTokenizer ours;
  private HuggingFaceTokenizer library;

  @Setup
  public void open() throws Exception {
    ours = TokenizerFiles.ours(TokenizerFiles.builtIn(), 256);
    library = TokenizerFiles.library(TokenizerFiles.builtIn(), 256);
  }

  @Benchmark
  @OperationsPerInvocation(TEXTS)
  public int ours() {
    ids.clear();
    for (String text : texts) {
      units.read(text);
      ours.encode(units, ids);
    }
    return ids.size();
  }

  @Benchmark
  @OperationsPerInvocation(TEXTS)
  public Object libraryBatched() {
    return library.batchEncode(texts, true, false);
  }

  @TearDown
  public void close() {
    library.close();
    ours.close();
    ids.close();
    scope.close();
  }
}
