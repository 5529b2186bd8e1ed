package dev.millrace.pipelines.sql.index;

import dev.millrace.accelerator.MemoryScope;
import dev.millrace.pipelines.vectors.VectorBlocks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.table.data.RowData;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All items of a table, off-heap, searched exactly or through a graph. An exact search looks at
 * every vector; several at once read each vector once. What both find has the same scores to the
 * last bit.
 *
 * <p>Filled by one thread; then searched by any.
 */
final class ItemIndex implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ItemIndex.class);

  private final ItemSource source;
  private final IndexSettings settings;
  private final MemoryScope scope;
  private final ByteStore rows;
  private final DataOutputSerializer bytes = new DataOutputSerializer(256);
  private @Nullable VectorBlocks vectors;
  private float[] scales = new float[VectorBlocks.ITEMS];
  private @Nullable VectorGraph graph;
  private long without;

  private ItemIndex(ItemSource source, IndexSettings settings) {
    this.source = source;
    this.settings = settings;
    this.scope = MemoryScope.open("index " + source.name());
    this.rows = new ByteStore(scope.allocator());
  }

  /**
   * Reads all items and, if they are to be searched through a graph, builds it. Takes as long as
   * that takes.
   *
   * @return an index that the caller closes
   * @throws InterruptedException if the thread is interrupted
   */
  static ItemIndex build(ItemSource source, IndexSettings settings, ClassLoader classes)
      throws Exception {
    ItemIndex index = new ItemIndex(source, settings);
    try {
      WholeSource.read(source.rows(), classes, index::add);
      index.tell();
      index.link();
    } catch (Exception | Error failed) {
      IOUtils.closeQuietly(index);
      throw failed;
    }
    return index;
  }

  private void tell() {
    LOG.info("The index {} holds {} items.", source.name(), size());
    if (without > 0) {
      LOG.warn("{} items of {} have no vector and are never found.", without, source.name());
    }
  }

  private void link() throws InterruptedException, IOException {
    VectorBlocks blocks = vectors;
    if (blocks != null && settings.isApproximate(size())) {
      graph =
          VectorGraph.build(
              source.name(),
              blocks,
              scales,
              settings.metric(),
              settings.graph(),
              scope.allocator());
    }
  }

  private void add(RowData row) throws IOException {
    float[] vector = source.layout().vector(row);
    if (vector == null) {
      without++;
      return;
    }
    VectorBlocks blocks = vectors;
    if (blocks == null) {
      blocks = new VectorBlocks(scope.allocator(), vector.length);
      vectors = blocks;
    } else if (blocks.dimension() != vector.length) {
      throw new IOException(
          "The items of the index "
              + source.name()
              + " have vectors of different lengths: "
              + blocks.dimension()
              + " and "
              + vector.length
              + ". All must be of one model.");
    }
    int item = blocks.size();
    if (item == scales.length) {
      scales = Arrays.copyOf(scales, item * 2);
    }
    scales[item] = scale(vector);
    blocks.add(vector);
    bytes.clear();
    source.layout().restSerializer().serialize(source.layout().withoutVector(row), bytes);
    rows.add(bytes.getSharedBuffer(), bytes.length());
  }

  /** What a product is multiplied with. */
  private float scale(float[] vector) {
    if (settings.metric() == Metric.DOT) {
      return 1;
    }
    double squares = 0;
    for (float number : vector) {
      squares += (double) number * number;
    }
    return squares == 0 ? 0 : (float) (1 / Math.sqrt(squares));
  }

  int size() {
    return vectors == null ? 0 : vectors.size();
  }

  /**
   * The nearest items of each of some vectors.
   *
   * @param most how many for each
   * @throws IllegalArgumentException if a vector is not as long as those of the items
   */
  List<Nearest> search(List<float[]> wanted, List<Integer> most) {
    List<Nearest> found = new ArrayList<>();
    most.forEach(count -> found.add(new Nearest(count)));
    VectorBlocks blocks = vectors;
    if (blocks == null) {
      return found;
    }
    wanted.forEach(vector -> requireLength(vector, blocks.dimension()));
    List<Integer> exact = new ArrayList<>();
    for (int q = 0; q < wanted.size(); q++) {
      if (graph != null && graph.serves(wanted.get(q), most.get(q))) {
        searchThrough(graph, blocks, wanted.get(q), most.get(q), found.get(q));
      } else {
        exact.add(q);
      }
    }
    if (!exact.isEmpty()) {
      searchAll(
          blocks,
          exact.stream().map(wanted::get).toList(),
          exact.stream().map(found::get).toList());
    }
    return found;
  }

  private void searchThrough(
      VectorGraph searched, VectorBlocks blocks, float[] wanted, int most, Nearest nearest) {
    if (most == 0) {
      return;
    }
    float[] vector = new float[blocks.dimension()];
    float scale = scale(wanted);
    for (int item : searched.near(wanted, most)) {
      blocks.copyVector(item, vector);
      offer(item, VectorBlocks.product(vector, wanted) * scale * scales[item], nearest);
    }
  }

  private void searchAll(VectorBlocks blocks, List<float[]> wanted, List<Nearest> found) {
    float[] block = new float[VectorBlocks.ITEMS * blocks.dimension()];
    float[] products = new float[VectorBlocks.ITEMS];
    for (int b = 0; b < blocks.blocks(); b++) {
      blocks.copyBlock(b, block);
      for (int q = 0; q < wanted.size(); q++) {
        VectorBlocks.multiply(block, wanted.get(q), products);
        offer(
            b * VectorBlocks.ITEMS,
            blocks.itemsIn(b),
            products,
            scale(wanted.get(q)),
            found.get(q));
      }
    }
  }

  private void requireLength(float[] vector, int dimension) {
    if (vector.length != dimension) {
      throw new IllegalArgumentException(
          "The index "
              + source.name()
              + " holds vectors of "
              + dimension
              + " numbers, and one of "
              + vector.length
              + " is searched for. Both must be of one model.");
    }
  }

  private void offer(int first, int count, float[] products, float scale, Nearest nearest) {
    for (int i = 0; i < count; i++) {
      offer(first + i, products[i] * scale * scales[first + i], nearest);
    }
  }

  private static void offer(int item, float score, Nearest nearest) {
    if (score > nearest.least()) {
      nearest.offer(item, score);
    }
  }

  /** The rows that were found, with their scores. */
  List<RowData> rows(Nearest nearest) {
    List<RowData> found = new ArrayList<>(nearest.size());
    TypeSerializer<RowData> serializer = source.layout().restSerializer().duplicate();
    for (int rank = 0; rank < nearest.size(); rank++) {
      found.add(
          source
              .layout()
              .found(
                  rest(serializer, nearest.item(rank)),
                  Objects.requireNonNull(vectors).get(nearest.item(rank)),
                  nearest.score(rank)));
    }
    return found;
  }

  private RowData rest(TypeSerializer<RowData> serializer, int item) {
    try {
      return serializer.deserialize(new DataInputDeserializer(rows.get(item)));
    } catch (IOException impossible) {
      throw new UncheckedIOException("A row that was written could not be read", impossible);
    }
  }

  @Override
  public void close() throws Exception {
    IOUtils.closeAll(graph, vectors, rows, scope);
  }
}
