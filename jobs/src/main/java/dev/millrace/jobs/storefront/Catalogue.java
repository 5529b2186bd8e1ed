package dev.millrace.jobs.storefront;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** The shop's items: families of like things in departments. The same seed gives the same items. */
final class Catalogue {

  private static final String WORDS = "departments.txt";
  // Of the combinations of things and adjectives of a family, so many are sold: 80 families, so
  // 600 items.
  private static final int ITEMS_OF_FAMILY_LOW = 7;
  private static final int ITEMS_OF_FAMILY_HIGH = 8;

  /**
   * An item that the shop sells.
   *
   * @param arrives when, as a share of the whole time from 0 to 1; 0 is from the beginning
   * @param appeal how much people in general like it; higher is more
   */
  record Product(
      String id,
      String title,
      String description,
      int department,
      int family,
      double arrives,
      double appeal) {}

  private final List<String> departments = new ArrayList<>();
  private final List<Product> products = new ArrayList<>();
  private final List<List<Integer>> familiesOfDepartment = new ArrayList<>();
  private final List<List<Product>> family = new ArrayList<>();

  /**
   * @param late the share of items that arrive after the beginning
   */
  Catalogue(long seed, double late) {
    Random random = new Random(seed);
    for (String line : words()) {
      if (line.startsWith("#:")) {
        departments.add(line.substring(2).strip());
        familiesOfDepartment.add(new ArrayList<>());
      } else if (!line.isBlank() && !line.startsWith("#")) {
        addFamily(line.split("\\|", -1), random, late);
      }
    }
  }

  private void addFamily(String[] parts, Random random, double late) {
    int department = departments.size() - 1;
    List<String> titles = new ArrayList<>();
    for (String thing : parts[0].split(",", -1)) {
      for (String apart : parts[1].split(",", -1)) {
        titles.add(title(apart.strip(), thing.strip()));
      }
    }
    Collections.shuffle(titles, random);
    int number = family.size();
    int size = number % 2 == 0 ? ITEMS_OF_FAMILY_LOW : ITEMS_OF_FAMILY_HIGH;
    List<Product> members = new ArrayList<>();
    for (String title : titles.subList(0, Math.min(size, titles.size()))) {
      double arrives = random.nextDouble() < late ? 0.02 + 0.9 * random.nextDouble() : 0;
      // A few things sell far better than the rest.
      double appeal = Math.pow(random.nextDouble(), -0.7);
      String id =
          departments.get(department).substring(0, 1)
              + String.format(Locale.ROOT, "%d%02d", 10 + number, members.size() + 1);
      members.add(new Product(id, title, parts[2].strip(), department, number, arrives, appeal));
    }
    family.add(members);
    familiesOfDepartment.get(department).add(number);
    products.addAll(members);
  }

  private static String title(String apart, String thing) {
    String title = apart + " " + thing;
    return title.substring(0, 1).toUpperCase(Locale.ENGLISH) + title.substring(1);
  }

  private static List<String> words() {
    try (InputStream in = Catalogue.class.getResourceAsStream(WORDS)) {
      if (in == null) {
        throw new IllegalStateException(
            "The resource " + WORDS + " is not on the class path: the jar is incomplete.");
      }
      return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).lines().toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  List<String> departments() {
    return departments;
  }

  List<Product> products() {
    return products;
  }

  /** The families of a department, by their numbers. */
  List<Integer> families(int department) {
    return familiesOfDepartment.get(department);
  }

  /** The items of a family. */
  List<Product> family(int number) {
    return family.get(number);
  }
}
