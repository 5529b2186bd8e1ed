package dev.millrace.pipelines.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.MemoryScope;
import java.io.IOException;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With more candidates than there are vectors, a search finds each that is not cut off. */
class GrowingGraphTest {

  private static final int VECTORS = 200;
  private static final int DIMENSION = 60;
  private static final int CHANGES = 1500;

  /** Some in the middle are nearest to all others, which have little to do with each other. */
  private static float[] vector(Random random) {
    float aside = random.nextInt(3) == 0 ? 0.1f : 0.9f / (float) Math.sqrt(DIMENSION);
    float[] vector = new float[DIMENSION];
    for (int d = 0; d < DIMENSION; d++) {
      vector[d] = aside * (float) random.nextGaussian();
    }
    vector[0] += 1;
    double squares = 0;
    for (float value : vector) {
      squares += value * value;
    }
    for (int d = 0; d < DIMENSION; d++) {
      vector[d] /= (float) Math.sqrt(squares);
    }
    return vector;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whateverComesAndGoesNoneIsCutOff(long seed) throws IOException {
    Random random = new Random(seed);
    try (MemoryScope memory = MemoryScope.open("test");
        VectorBlocks vectors = new VectorBlocks(memory.allocator(), DIMENSION)) {
      for (int i = 0; i < VECTORS; i++) {
        vectors.add(new float[DIMENSION]);
      }
      GrowingGraph graph = new GrowingGraph(vectors, memory.allocator(), VECTORS);
      try {
        Set<Integer> present = new TreeSet<>();
        for (int change = 0; change < CHANGES; change++) {
          int number = random.nextInt(VECTORS);
          graph.remove(number);
          present.remove(number);
          if (random.nextInt(10) > 0) {
            vectors.set(number, vector(random));
            graph.add(number, (other, product) -> {});
            present.add(number);
          }
          Set<Integer> found = new TreeSet<>();
          graph.near(vectors.get(number), (other, product) -> found.add(other));
          assertThat(found).as("seed %d, change %d", seed, change).isEqualTo(present);
          if (change % 500 == 499) {
            GrowingGraph read = again(graph, vectors, memory);
            graph.close();
            graph = read;
          }
        }
      } finally {
        graph.close();
      }
    }
  }

  private static GrowingGraph again(GrowingGraph graph, VectorBlocks vectors, MemoryScope memory)
      throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(1 << 16);
    graph.write(out);
    GrowingGraph read = new GrowingGraph(vectors, memory.allocator(), VECTORS);
    assertThat(read.read(new DataInputDeserializer(out.getCopyOfBuffer()))).isTrue();
    return read;
  }
}
