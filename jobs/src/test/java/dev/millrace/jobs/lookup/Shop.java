package dev.millrace.jobs.lookup;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import dev.millrace.schemas.Reason;
import dev.millrace.schemas.Recommendation;
import dev.millrace.schemas.RecommendedItem;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Events of a small shop, as the job would tell them. */
final class Shop {

  private Shop() {}

  static Item item(String id, String title) {
    return Item.newBuilder().setItemId(id).setTitle(title).build();
  }

  static Interaction bought(String user, String item, @Nullable String basket, String time) {
    return Interaction.newBuilder()
        .setUserId(user)
        .setItemId(item)
        .setBasketId(basket)
        .setEventTime(Instant.parse(time))
        .build();
  }

  static Recommendation feed(String user, String time, RecommendedItem... items) {
    return new Recommendation(user, Instant.parse(time), "none", "none", List.of(items));
  }

  static RecommendedItem place(String item, Reason reason, @Nullable String becauseOf) {
    return new RecommendedItem(item, 0.5f, reason, becauseOf);
  }

  /** Amounts with some of them set, in the order of the figures. */
  static double[] amounts(double... first) {
    return Arrays.copyOf(first, LookupFigure.none().length);
  }
}
