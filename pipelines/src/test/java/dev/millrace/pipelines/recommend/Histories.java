package dev.millrace.pipelines.recommend;

import dev.millrace.schemas.Interaction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Purchases and items that are made up, in the order of time, with what makes life hard for the
 * feed.
 */
final class Histories {
  static final long START = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
  private static final long MINUTE = Duration.ofMinutes(1).toMillis();
  private static final int PEOPLE = 25;
  private static final int ITEMS = 60;

  /** Items that are in the shop from the day {@link #NEW_FROM} on only. */
  private static final int NEW_ITEMS = 12;

  private static final int DAYS = 40;
  private static final int NEW_FROM = 20;
  private static final int DIMENSIONS = 16;

  final List<Interaction> interactions = new ArrayList<>();
  final List<EmbeddedItem> items = new ArrayList<>();
  final List<ItemOffer> offers = new ArrayList<>();

  /** The same seed gives the same. */
  Histories(long seed, int baskets) {
    Random random = new Random(seed);
    for (int i = 0; i < ITEMS; i++) {
      items(random, i);
    }
    for (int basket = 0; basket < baskets; basket++) {
      basket(random, basket);
    }
    Random ofOffers = new Random(seed);
    for (int i = 0; i < ITEMS; i++) {
      offers(ofOffers, i);
    }
    offers.sort(Comparator.comparingLong(offer -> offer.eventTime));
    interactions.sort(Comparator.comparing(Interaction::getEventTime));
    items.sort(Comparator.comparingLong(item -> item.eventTime));
  }

  /** Some never come, some come late, some come again with another vector, title or none. */
  private void items(Random random, int item) {
    for (int version = random.nextInt(3); version > 0; version--) {
      float[] vector = new float[random.nextInt(20) == 0 ? 0 : DIMENSIONS];
      for (int d = 0; d < vector.length; d++) {
        vector[d] = (float) random.nextGaussian() + (d == item % 6 ? 4 : 0);
      }
      String title = random.nextInt(10) == 0 ? "" : "title " + item + " " + version;
      int from = item < ITEMS - NEW_ITEMS ? 0 : NEW_FROM;
      long day = 24L * 60 * (from + random.nextInt(DAYS - from));
      items.add(
          new EmbeddedItem(
              "item" + item, title, START + (day + random.nextInt(24 * 60)) * MINUTE, vector));
    }
  }

  /** Some items are never spoken of, some go and come back; each time says some of it or all. */
  private void offers(Random random, int item) {
    int day = 0;
    for (int change = random.nextInt(5); change > 0; change--) {
      day += 1 + random.nextInt(10);
      offers.add(
          new ItemOffer(
              "item" + item,
              START + (24L * 60 * day + random.nextInt(24 * 60)) * MINUTE,
              random.nextInt(3) == 0 ? null : random.nextInt(3) > 0,
              random.nextBoolean()
                  ? null
                  : Map.of("kind", random.nextInt(4) == 0 ? "hidden" : "shown")));
    }
  }

  /**
   * Whole hours, so that baskets meet; several minutes long, some longer than the gap; some rows
   * twice.
   */
  private void basket(Random random, int basket) {
    String user = "user" + (int) (PEOPLE * random.nextDouble() * random.nextDouble());
    @Nullable String id = random.nextInt(8) == 0 ? null : "basket" + basket;
    int hour = random.nextInt(DAYS * 24);
    long start = START + 60L * hour * MINUTE;
    int sold = hour < NEW_FROM * 24 ? ITEMS - NEW_ITEMS : ITEMS;
    int taste = random.nextInt(6);
    for (int row = 1 + random.nextInt(6); row > 0; row--) {
      int item = random.nextInt(3) == 0 ? random.nextInt(sold) : taste + 6 * random.nextInt(4);
      long after = random.nextInt(10) == 0 ? random.nextInt(30) : random.nextInt(4);
      Interaction interaction =
          new Interaction(
              user,
              "item" + item,
              Instant.ofEpochMilli(start + after * MINUTE),
              id,
              1.0,
              null,
              null);
      interactions.add(interaction);
      if (random.nextInt(10) == 0 && id != null) {
        interactions.add(interaction);
      }
    }
  }

  /** The rows in another order, in which none is more than the bound behind its time. */
  static List<Interaction> disordered(List<Interaction> rows, Duration bound, long seed) {
    return disordered(rows, row -> row.getEventTime().toEpochMilli(), bound, seed);
  }

  /** The same of rows of any kind. */
  static <T> List<T> disordered(List<T> rows, ToLongFunction<T> timeOf, Duration bound, long seed) {
    Random random = new Random(seed);
    record Arrival<T>(long time, T row) {}
    return rows.stream()
        .map(
            row ->
                new Arrival<T>(
                    timeOf.applyAsLong(row) + (long) (random.nextDouble() * bound.toMillis()), row))
        .sorted(Comparator.comparingLong(Arrival::time))
        .map(Arrival::row)
        .toList();
  }
}
