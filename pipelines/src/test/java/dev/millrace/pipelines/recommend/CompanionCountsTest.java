package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CompanionCountsTest {
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final Decay DECAY = Decay.of(Duration.ofDays(30));

  private final CompanionCounts counts = new CompanionCounts();

  @Test
  void whatIsLongAgoCountsLess() {
    add(0, "cup", "pot");
    add(30, "cup");
    assertThat(counts.total).isCloseTo(1.5, within(1e-12));
    assertThat(weight("cup")).isCloseTo(0.5 / Math.sqrt(3) + 1 / Math.sqrt(2), within(1e-12));
    assertThat(weight("pot")).isCloseTo(0.5 / Math.sqrt(3), within(1e-12));
    assertThat(counts.others[counts.most(1)[0]]).isEqualTo("cup");
  }

  @Test
  void aLateBasketCountsAsOfItsTime() {
    add(30, "cup");
    add(0, "pot");
    assertThat(counts.last).isEqualTo(30 * DAY);
    assertThat(counts.total).isCloseTo(1.5, within(1e-12));
    assertThat(weight("pot")).isCloseTo(0.5 / Math.sqrt(2), within(1e-12));
  }

  @Test
  void stayBoundedAndKeepWhatComesAgain() {
    Random random = new Random(1);
    for (int basket = 0; basket < 2_000; basket++) {
      add(basket, "cup", "once " + basket, "any " + random.nextInt(1_000));
      assertThat(counts.weights).hasSizeLessThanOrEqualTo(20).hasSameSizeAs(counts.others);
      assertThat(counts.others).isSorted().doesNotHaveDuplicates();
    }
    assertThat(counts.others[counts.most(1)[0]]).isEqualTo("cup");
  }

  @Test
  void ofALargeBasketSomeItemsAreTakenWhichDifferFromBasketToBasket() {
    String[] items = new String[50];
    for (int i = 0; i < items.length; i++) {
      items[i] = "item" + (100 + i);
    }
    Basket one = new Basket("ann", "1", 0, items, false, false);
    Basket other = new Basket("ann", "2", 1, items, false, false);
    assertThat(BasketItem.of(one, 10)).hasSize(10).allSatisfy(this::isApart);
    assertThat(BasketItem.of(one, 10))
        .extracting(item -> item.itemId)
        .isSorted()
        .isEqualTo(BasketItem.of(one, 10).stream().map(item -> item.itemId).toList())
        .isNotEqualTo(BasketItem.of(other, 10).stream().map(item -> item.itemId).toList());
    assertThat(BasketItem.of(one, 50)).hasSize(50).allSatisfy(this::isApart);
  }

  private void isApart(BasketItem item) {
    assertThat(item.others).isSorted().doesNotHaveDuplicates().doesNotContain(item.itemId);
  }

  private double weight(String other) {
    return counts.weights[Arrays.binarySearch(counts.others, other)];
  }

  private void add(long day, String... others) {
    BasketItem item = new BasketItem();
    item.itemId = "tea";
    item.time = day * DAY;
    item.others = Arrays.stream(others).sorted().toArray(String[]::new);
    counts.add(item, DECAY, 10);
  }
}
