package dev.millrace.jobs.bench;

import dev.millrace.jobs.input.SourceRow;
import dev.millrace.jobs.storefront.Storefront;
import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Texts of the made-up storefront: its items' titles, what is sold in order, and reviews. */
final class MadeUpTexts {

  private static final int BASKETS = 60_000;
  private static final int REVIEWS = 1500;
  private static final int REVIEW_WORDS_LEAST = 20;
  private static final int REVIEW_WORDS_RANGE = 80;
  private static final String[] BETWEEN = {
    "and",
    "but",
    "i",
    "really",
    "love",
    "the",
    "it",
    "is",
    "was",
    "for",
    "my",
    "bought",
    "this",
    "as",
    "a",
    "gift",
    "would",
    "buy",
    "again",
    "colour",
    "not",
    "quite",
    "what",
    "expected",
    "arrived",
    "quickly",
    "good",
    "quality",
    "with",
    "of",
    "so",
    "very",
    "pleased",
    "looks",
    "smaller",
    "than",
    "in",
    "pictures",
    "great",
    "value"
  };

  private final List<String> stream = new ArrayList<>();
  private final Set<String> titles = new LinkedHashSet<>();
  private final List<String> words = new ArrayList<>();

  MadeUpTexts(long seed) {
    Storefront shop = new Storefront(seed, BASKETS);
    Map<String, String> titleOf = new HashMap<>();
    for (long event = 0; event < shop.events(); event++) {
      for (SourceRow row : shop.event(event)) {
        Item item = row.item();
        Interaction sold = row.interaction();
        if (item != null) {
          String text = item.getTitle() + ". " + item.getDescription();
          titles.add(item.getTitle());
          titleOf.put(item.getItemId(), item.getTitle());
          words.addAll(
              List.of(text.toLowerCase(Locale.ENGLISH).replaceAll("[^a-z ]", "").split(" +", -1)));
        } else if (sold != null) {
          String title = titleOf.get(sold.getItemId());
          if (title != null) {
            stream.add(title);
          }
        }
      }
    }
  }

  /** The items' titles, each once. */
  List<String> titles() {
    return List.copyOf(titles);
  }

  /** The titles of what is sold, in the order in which it is. */
  List<String> stream() {
    return stream;
  }

  /** Reviews of about sixty words. */
  List<String> reviews(long seed) {
    Random random = new Random(seed);
    List<String> reviews = new ArrayList<>(REVIEWS);
    for (int i = 0; i < REVIEWS; i++) {
      int length = REVIEW_WORDS_LEAST + random.nextInt(REVIEW_WORDS_RANGE);
      StringBuilder review = new StringBuilder();
      for (int word = 0; word < length; word++) {
        review
            .append(word == 0 ? "" : random.nextInt(12) == 0 ? ". " : " ")
            .append(
                random.nextInt(3) == 0
                    ? words.get(random.nextInt(words.size()))
                    : BETWEEN[random.nextInt(BETWEEN.length)]);
      }
      reviews.add(review.append('.').toString());
    }
    return reviews;
  }
}
