package dev.millrace.jobs.storefront;

import dev.millrace.jobs.input.SourceRow;
import dev.millrace.jobs.storefront.Catalogue.Product;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * A shop that is made up: half a year of it, from the first item on the shelf to the last basket.
 * It is a sequence of events, each the arrival of an item or a basket, in event time. An event is a
 * function of the seed, the number of baskets and the event's index, so a source that starts again
 * at an index goes on exactly as it would have.
 */
public final class Storefront {

  private static final Instant OPENS = Instant.parse("2025-01-06T08:00:00Z");
  private static final Duration SPAN = Duration.ofDays(182);
  private static final double LATE_ITEMS = 0.25;
  private static final double FIRST_PEOPLE = 0.4;
  private static final int BASKETS_OF_PERSON = 4;

  private final long seed;
  private final long baskets;
  private final Catalogue catalogue;
  private final Shoppers shoppers;
  private final List<Product> shelf;

  /**
   * @param baskets how many are sold in all, at least 1
   */
  public Storefront(long seed, long baskets) {
    this.seed = seed;
    this.baskets = baskets;
    catalogue = new Catalogue(seed, LATE_ITEMS);
    shoppers = new Shoppers(seed, catalogue);
    shelf = new ArrayList<>(catalogue.products());
    shelf.sort(Comparator.comparingDouble(Product::arrives));
  }

  /** How many events there are: the items' arrivals and the baskets. */
  public long events() {
    return shelf.size() + baskets;
  }

  /** The rows of an event: an item, or a basket's interactions. */
  public List<SourceRow> event(long index) {
    int arrived = arrivedBefore(index);
    if (arrived < shelf.size() && arrivalIndex(arrived) == index) {
      return List.of(SourceRow.of(item(shelf.get(arrived))));
    }
    return basket(index - arrived);
  }

  /** The index of the event that brings an item: as many baskets before it as its time says. */
  private long arrivalIndex(int onShelf) {
    return onShelf + basketsBefore(shelf.get(onShelf));
  }

  private long basketsBefore(Product product) {
    return (long) Math.ceil(product.arrives() * baskets);
  }

  /** How many items arrive at an index before this one. */
  private int arrivedBefore(long index) {
    int low = 0;
    int high = shelf.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (arrivalIndex(middle) < index) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private Item item(Product product) {
    return Item.newBuilder()
        .setItemId(product.id())
        .setTitle(product.title())
        .setDescription(product.description())
        .setDepartment(catalogue.departments().get(product.department()))
        .setUpdatedAt(time((double) basketsBefore(product) / baskets))
        .build();
  }

  private List<SourceRow> basket(long number) {
    Random random = new Random(Seeds.mix(seed, 11, number));
    double now = (double) number / baskets;
    int person = person(now, random);
    List<SourceRow> rows = new ArrayList<>();
    for (Product product : shoppers.basket(person, now, random)) {
      rows.add(
          SourceRow.of(
              Interaction.newBuilder()
                  .setUserId(shoppers.name(person))
                  .setItemId(product.id())
                  .setEventTime(time(now))
                  .setBasketId("b" + number)
                  .setQuantity(1 + random.nextInt(3))
                  .build()));
    }
    return rows;
  }

  /** Some come often and some once; there are more of them as time goes by. */
  private int person(double now, Random random) {
    double people = Math.max(1, (double) baskets / BASKETS_OF_PERSON);
    double known = people * (FIRST_PEOPLE + (1 - FIRST_PEOPLE) * now);
    return (int) (known * Math.pow(random.nextDouble(), 1.6));
  }

  private static Instant time(double share) {
    return OPENS.plusMillis((long) (SPAN.toMillis() * share));
  }
}
