package dev.millrace.pipelines.recommend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** An item with what it was in one basket with. Public for Flink's serializer only. */
public final class BasketItem {
  /** By time, then by what tells apart baskets of one moment, whatever the order of arrival. */
  static final Comparator<BasketItem> ORDER =
      Comparator.<BasketItem>comparingLong(item -> item.time)
          .thenComparing(item -> item.others, Arrays::compare);

  public String itemId = "";

  /** That of the basket: milliseconds since 1970 in event time. */
  public long time;

  /** Distinct, in ascending order, without the item itself. */
  public String[] others = {};

  public BasketItem() {}

  /**
   * The items of a basket, each with its others. Of a basket of more than {@code most} items, some
   * are left out: which ones differs from basket to basket.
   */
  static List<BasketItem> of(Basket basket, int most) {
    String[] items = some(basket, most);
    List<BasketItem> all = new ArrayList<>(items.length);
    for (int i = 0; i < items.length; i++) {
      BasketItem one = new BasketItem();
      one.itemId = items[i];
      one.time = basket.time;
      one.others = new String[items.length - 1];
      System.arraycopy(items, 0, one.others, 0, i);
      System.arraycopy(items, i + 1, one.others, i, items.length - 1 - i);
      all.add(one);
    }
    return all;
  }

  private static String[] some(Basket basket, int most) {
    if (basket.items.length <= most) {
      return basket.items;
    }
    return Arrays.stream(basket.items)
        .sorted(
            Comparator.<String>comparingLong(item -> ExampleSample.order(item, basket.time))
                .thenComparing(Comparator.naturalOrder()))
        .limit(most)
        .sorted()
        .toArray(String[]::new);
  }
}
