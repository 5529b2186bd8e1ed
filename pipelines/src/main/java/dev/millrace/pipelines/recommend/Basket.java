package dev.millrace.pipelines.recommend;

import java.util.Arrays;
import java.util.Comparator;

/** What a person bought together, once it is complete. Public for Flink's serializer only. */
public final class Basket {
  /** By time, then by what tells apart baskets of one moment, whatever the order of arrival. */
  static final Comparator<Basket> ORDER =
      Comparator.<Basket>comparingLong(basket -> basket.time)
          .thenComparing(basket -> basket.basketId)
          .thenComparing(basket -> basket.items, Arrays::compare);

  public String userId = "";

  /** Empty for an interaction that came without one. */
  public String basketId = "";

  /** That of its first row: milliseconds since 1970 in event time. */
  public long time;

  /** Distinct, in ascending order. */
  public String[] items = {};

  /** It came after event time had passed the moment at which it would have been handled. */
  public boolean late;

  /** A further part of a basket of which an earlier part was handed on. */
  public boolean part;

  public Basket() {}

  Basket(String userId, String basketId, long time, String[] items, boolean late, boolean part) {
    this.userId = userId;
    this.basketId = basketId;
    this.time = time;
    this.items = items;
    this.late = late;
    this.part = part;
  }
}
