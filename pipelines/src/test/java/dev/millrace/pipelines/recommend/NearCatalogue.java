package dev.millrace.pipelines.recommend;

import dev.millrace.accelerator.MemoryScope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** What is near to what, from the vectors up to the catalogue that has been told of it. */
final class NearCatalogue implements AutoCloseable {
  /** An item near another one, and the cosine between them. */
  record Neighbour(String itemId, float cosine) {}

  private RecommendSettings settings;
  private final MemoryScope memory = MemoryScope.open("test");
  private ItemNeighbours neighbours;
  private final SharedLists lists = SharedLists.join(new JobID());
  private Catalogue catalogue;
  private long sequence;

  NearCatalogue(int listLength, double minCosine, ShopRules rules) {
    this(listLength, minCosine, rules, Integer.MAX_VALUE);
  }

  NearCatalogue(int listLength, double minCosine, ShopRules rules, int exactUpTo) {
    FeedWeights weights = FeedWeights.DEFAULT;
    settings =
        RecommendSettings.of(10, "", "")
            .withRules(rules)
            .withExactUpTo(exactUpTo)
            .withWeights(
                new FeedWeights(
                    weights.bought(),
                    weights.unknown(),
                    weights.cold(),
                    weights.learningRate(),
                    weights.sources(),
                    weights.coldFor(),
                    minCosine,
                    weights.recentItems(),
                    weights.nearTo(),
                    listLength,
                    weights.companionRecency(),
                    weights.candidates(),
                    weights.discover()));
    neighbours = ItemNeighbours.of(settings, memory.allocator());
    catalogue = new Catalogue(settings, lists);
  }

  /**
   * Takes in an item; all that is told arrives at the catalogue in the wrong order.
   *
   * @return what is told
   */
  List<NearItems> put(String itemId, float[] vector) {
    List<NearItems> changes = neighbours.put(new EmbeddedItem(itemId, "", 0, vector));
    tell(changes);
    return changes;
  }

  private void tell(List<NearItems> changes) {
    for (NearItems change : changes) {
      change.sequence = sequence++;
    }
    for (int i = changes.size() - 1; i >= 0; i--) {
      catalogue.add(CatalogueEvent.of(changes.get(i), 0));
    }
    catalogue.advance(1);
  }

  /** The vectors come out of a checkpoint. */
  void restore() throws IOException {
    restore(true);
  }

  /** The vectors come out of a checkpoint of a Millrace that wrote no links of a graph. */
  void restoreWithoutLinks() throws IOException {
    restore(false);
  }

  private void restore(boolean hasLinks) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(1 << 16);
    neighbours.write(out);
    neighbours.close();
    neighbours = ItemNeighbours.of(settings, memory.allocator());
    if (!neighbours.restore(new DataInputDeserializer(out.getCopyOfBuffer()), hasLinks)) {
      throw new AssertionError("The lists are not what they were.");
    }
  }

  /** The vectors come out of a checkpoint, for a job with another bound. */
  void restoreFor(int exactUpTo) throws IOException {
    settings = settings.withExactUpTo(exactUpTo);
    restore();
  }

  /**
   * The vectors come out of a checkpoint of a job that wanted something else, and a catalogue that
   * knows nothing of what is near is told all.
   */
  void restoreFor(ShopRules other) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(1 << 16);
    neighbours.write(out);
    neighbours.close();
    settings = settings.withRules(other);
    neighbours = ItemNeighbours.of(settings, memory.allocator());
    if (neighbours.restore(new DataInputDeserializer(out.getCopyOfBuffer()), true)) {
      throw new AssertionError("The lists are taken for what they were.");
    }
    catalogue.close();
    catalogue = new Catalogue(settings, lists);
    tell(neighbours.all());
  }

  /** Nearest first. */
  List<Neighbour> near(String itemId) {
    ItemState item = catalogue.item(itemId);
    List<Neighbour> near = new ArrayList<>();
    StoredNear list = item == null ? new StoredNear(lists.records()) : catalogue.near(item);
    for (int i = 0; i < list.size(); i++) {
      near.add(new Neighbour(catalogue.numbered(list.item(i)).id, list.cosine(i)));
    }
    return near;
  }

  /** As {@link Catalogue#alike}. */
  int[] alike(List<String> some) {
    int[] alike = catalogue.alike(some);
    return alike == null ? new int[0] : alike;
  }

  @Override
  public void close() {
    neighbours.close();
    memory.close();
    catalogue.close();
    lists.close();
  }
}
