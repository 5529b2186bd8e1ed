package dev.millrace.pipelines.recommend;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an item. Public for Flink's serializer only.
 *
 * <p>In a checkpoint it has its lists, in {@link #near}, {@link #cosines} and {@link #companions}.
 * In a catalogue it has {@link #lists references} to them instead, which {@link
 * ItemStateSerializer} reads when a checkpoint is written.
 */
public final class ItemState {
  private static final int[] NO_ITEMS = {};
  private static final float[] NO_COSINES = {};

  public String itemId = "";

  /** Empty where there is none. */
  public String title = "";

  /** As {@link NearItems#number}. */
  public int number = NearItems.NONE;

  /** The numbers of the items nearest to it, nearest first. */
  public int[] near = NO_ITEMS;

  /** The cosine of each of {@link #near}. */
  public float[] cosines = NO_COSINES;

  /**
   * The numbers of the items that are alike to it, where somebody asks. As of the last checkpoint.
   */
  public int[] alike = NO_ITEMS;

  /** In how many baskets it was. */
  public long baskets;

  /**
   * The baskets that it was in, each halved for every half-life that lies between it and {@link
   * #trendTime}.
   */
  public double trend;

  /** Milliseconds since 1970 in event time. */
  public long trendTime;

  /** When it was first heard of: milliseconds since 1970 in event time. */
  public long firstSeen;

  /** Null where there is none. */
  public @Nullable CompanionList companions;

  /** It is not to be had. */
  public boolean gone;

  /** What is known of it beyond its text; null where that is nothing. */
  public @Nullable Map<String, String> fields;

  /** Where its lists are; null where it has them itself. */
  transient @Nullable SharedLists lists;

  /**
   * Of its {@link StoredNear}, to which this is a reference; {@link SharedRecords#NONE} without.
   */
  transient int nearRecord = SharedRecords.NONE;

  /** The same of its {@link StoredCompanions}. */
  transient int companionsRecord = SharedRecords.NONE;

  /**
   * Of {@link #trend}, comparable whatever the {@link #trendTime}: {@link Popularity} sorts by it.
   */
  transient double level;

  /** It may not be recommended. Follows from what the shop wants now, so it is not kept. */
  transient boolean refused;

  public ItemState() {}

  ItemState(ItemName name, long firstSeen, SharedLists lists) {
    this.itemId = name.id;
    this.firstSeen = firstSeen;
    this.lists = lists;
  }

  /**
   * Stores the lists that it came with from a checkpoint, and keeps references to them in their
   * stead, which are the owner's to release. Does nothing where it has them already.
   */
  void share(SharedLists with) {
    if (lists != null) {
      return;
    }
    ItemName name = with.names().of(itemId);
    itemId = name.id;
    title = name.shared(title);
    lists = with;
    nearRecord = StoredNear.store(near, cosines, with.records());
    if (companions != null) {
      companionsRecord = StoredCompanions.store(companions, with.names(), with.records());
    }
    near = NO_ITEMS;
    cosines = NO_COSINES;
    companions = null;
  }

  /** As it is now, with the same references, which are not counted. */
  ItemState copy() {
    ItemState copy = new ItemState();
    copy.itemId = itemId;
    copy.title = title;
    copy.number = number;
    copy.near = near;
    copy.cosines = cosines;
    copy.alike = alike;
    copy.baskets = baskets;
    copy.trend = trend;
    copy.trendTime = trendTime;
    copy.firstSeen = firstSeen;
    copy.companions = companions;
    copy.gone = gone;
    copy.fields = fields;
    copy.lists = lists;
    copy.nearRecord = nearRecord;
    copy.companionsRecord = companionsRecord;
    return copy;
  }

  /** As a checkpoint has it: another one with its lists, or this one if it has them itself. */
  ItemState withLists() {
    SharedLists shared = lists;
    if (shared == null) {
      return this;
    }
    ItemState full = copy();
    full.lists = null;
    if (nearRecord != SharedRecords.NONE) {
      StoredNear.copy(nearRecord, full, shared.records());
    }
    full.companions =
        companionsRecord == SharedRecords.NONE
            ? new CompanionList()
            : StoredCompanions.copy(companionsRecord, itemId, shared.names(), shared.records());
    return full;
  }

  void offer(ItemOffer offer) {
    gone = !offer.isAvailable();
    fields = offer.allFields().isEmpty() ? null : offer.fields;
  }

  /** Finds out whether it may be recommended. */
  void decide(ShopRules rules) {
    Map<String, String> known = fields;
    refused = gone || !rules.passes(known == null ? Map.of() : known);
  }

  String shown() {
    return title.isEmpty() ? itemId : title;
  }
}
