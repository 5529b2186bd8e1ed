package dev.millrace.jobs.storefront;

import dev.millrace.jobs.storefront.Catalogue.Product;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/**
 * The shop's people. Each has departments and families that they like, which change as time goes
 * by, and favourites that they buy again. Who they are follows from the seed and their number.
 */
final class Shoppers {

  private static final String[] NAMES = {
    "amina", "ben", "chloe", "daniel", "elif", "femi", "grace", "hugo", "isla", "jonas", "kavya",
    "liam", "maya", "noah", "olga", "priya", "quinn", "rosa", "sam", "tara", "uma", "victor",
    "wen", "yusuf", "zoe"
  };
  private static final int FAVOURITES = 6;

  private final long seed;
  private final Catalogue catalogue;

  Shoppers(long seed, Catalogue catalogue) {
    this.seed = seed;
    this.catalogue = catalogue;
  }

  /** What to call a person. */
  String name(int person) {
    return String.format(Locale.ROOT, "%s-%04d", NAMES[person % NAMES.length], person);
  }

  /**
   * What a person takes home.
   *
   * @param now how much of the whole time has passed, 0 to 1
   * @param random decides this basket
   */
  List<Product> basket(int person, double now, Random random) {
    // The same numbers for every basket of a person: that is what makes it a taste.
    Random taste = new Random(Seeds.mix(seed, 7, person));
    int first = taste.nextInt(catalogue.departments().size());
    int second = taste.nextInt(catalogue.departments().size());
    int later = taste.nextInt(catalogue.departments().size());
    int[] families = {family(first, taste), family(second, taste), family(later, taste)};
    List<Product> favourites = favourites(families, taste);

    int size = 1 + Math.min(7, (int) Math.floor(-Math.log(1 - random.nextDouble()) * 2.2));
    Set<Product> basket = new LinkedHashSet<>();
    for (int attempt = 0; basket.size() < size && attempt < 4 * size; attempt++) {
      double what = random.nextDouble();
      Product product;
      if (what < 0.40) {
        product = favourites.get((int) (favourites.size() * Math.pow(random.nextDouble(), 1.5)));
      } else {
        // Tastes drift from the first department to the later one.
        int interest = random.nextDouble() < 0.25 ? 1 : random.nextDouble() < now ? 2 : 0;
        int department = new int[] {first, second, later}[interest];
        int family = what < 0.80 ? families[interest] : family(department, random);
        product = byAppeal(catalogue.family(family), random);
      }
      if (product.arrives() <= now) {
        basket.add(product);
      }
    }
    if (basket.isEmpty()) {
      catalogue.products().stream()
          .filter(any -> any.arrives() == 0)
          .findFirst()
          .ifPresent(basket::add);
    }
    return new ArrayList<>(basket);
  }

  private int family(int department, Random random) {
    List<Integer> families = catalogue.families(department);
    return families.get(random.nextInt(families.size()));
  }

  private List<Product> favourites(int[] families, Random taste) {
    List<Product> favourites = new ArrayList<>();
    for (int i = 0; i < FAVOURITES; i++) {
      favourites.add(byAppeal(catalogue.family(families[i % 2]), taste));
    }
    return favourites;
  }

  private static Product byAppeal(List<Product> products, Random random) {
    double sum = 0;
    for (Product product : products) {
      sum += product.appeal();
    }
    double drawn = random.nextDouble() * sum;
    for (Product product : products) {
      drawn -= product.appeal();
      if (drawn <= 0) {
        return product;
      }
    }
    return products.get(products.size() - 1);
  }
}
