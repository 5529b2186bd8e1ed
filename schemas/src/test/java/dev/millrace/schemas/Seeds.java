package dev.millrace.schemas;

import java.util.Random;
import java.util.stream.LongStream;

/** Runs a test with one random generator after another, and says which one failed it. */
final class Seeds {

  private static final String PROPERTY = "millrace.test.seed";

  @FunctionalInterface
  interface Body {
    void run(Random random) throws Exception;
  }

  private Seeds() {}

  /** With the seeds 1 to {@code count}, or with the one that the system property says. */
  static void each(int count, Body body) {
    Long only = Long.getLong(PROPERTY);
    LongStream seeds = only == null ? LongStream.rangeClosed(1, count) : LongStream.of(only);
    seeds.forEach(
        seed -> {
          try {
            body.run(new Random(seed));
          } catch (Exception | AssertionError e) {
            throw new AssertionError(
                "With the seed %d: %s%nTo run it again: -D%s=%d"
                    .formatted(seed, e.getMessage(), PROPERTY, seed),
                e);
          }
        });
  }
}
