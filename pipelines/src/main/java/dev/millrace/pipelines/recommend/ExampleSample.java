package dev.millrace.pipelines.recommend;

import java.util.TreeMap;

/**
 * The few people with the lowest numbers of those seen. The number is a seeded hash, so the sample
 * does not depend on order.
 */
final class ExampleSample {
  private final int size;
  private final TreeMap<Long, String> people = new TreeMap<>();

  ExampleSample(int size) {
    this.size = size;
  }

  static long order(String userId, long seed) {
    long hash = seed * 0x9E3779B97F4A7C15L;
    for (int i = 0; i < userId.length(); i++) {
      hash = mix(hash + userId.charAt(i) + 0x9E3779B97F4A7C15L);
    }
    return hash >>> 1;
  }

  private static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }

  /** Whether the person is, as of now, in the sample. */
  boolean admits(String userId, long order) {
    people.put(order, userId);
    while (people.size() > size) {
      people.pollLastEntry();
    }
    return people.containsKey(order);
  }
}
