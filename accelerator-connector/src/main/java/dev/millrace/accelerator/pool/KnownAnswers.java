package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.embedding.Likeness;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The known answer to the canary: what most devices that run the same model say, and of two that
 * contradict each other the one that was first. Devices of different digests are not compared,
 * since their numbers may differ. Safe for use by several threads.
 */
final class KnownAnswers {

  /** Those who say the same. */
  private static final class Opinion {
    final float[][] vectors;
    final Set<Integer> devices = new HashSet<>();

    Opinion(float[][] vectors) {
      this.vectors = vectors;
    }
  }

  private final Likeness likeness;
  private final double tolerance;
  private final Map<String, List<Opinion>> byDigest = new HashMap<>();
  private int changes;

  /**
   * @param likeness how answers are compared
   * @param tolerance the least likeness of two answers that are the same
   */
  KnownAnswers(Likeness likeness, double tolerance) {
    this.likeness = likeness;
    this.tolerance = tolerance;
  }

  /**
   * What is wrong with a device's answer, in words; null if nothing is. A device has one vote, and
   * it is what it said first: one that begins to lie cannot make that the truth.
   */
  synchronized @Nullable String problemOf(int device, String digest, float[][] vectors) {
    List<Opinion> opinions = byDigest.computeIfAbsent(digest, none -> new ArrayList<>());
    Opinion own = null;
    double nearest = -1;
    boolean hasVoted = false;
    for (Opinion opinion : opinions) {
      double like = likeness.least(opinion.vectors, vectors);
      if (like >= tolerance && own == null) {
        own = opinion;
      }
      nearest = Math.max(nearest, like);
      hasVoted |= opinion.devices.contains(device);
    }
    Opinion before = most(opinions);
    if (!hasVoted) {
      if (own == null) {
        own = new Opinion(vectors);
        opinions.add(own);
      }
      own.devices.add(device);
    }
    Opinion most = most(opinions);
    if (before != null && before != most) {
      changes++;
    }
    return own == most
        ? null
        : String.format(
            Locale.ROOT,
            "its answer to an input with a known answer has a %s of %.5f to it, and %.4f is"
                + " needed",
            likeness == Likeness.OF_VECTORS ? "cosine" : "likeness",
            most == null ? nearest : likeness.least(most.vectors, vectors),
            tolerance);
  }

  /** How often another answer became the known one: then all devices are to be asked again. */
  synchronized int changes() {
    return changes;
  }

  private static @Nullable Opinion most(List<Opinion> opinions) {
    Opinion most = null;
    for (Opinion opinion : opinions) {
      if (most == null || opinion.devices.size() > most.devices.size()) {
        most = opinion;
      }
    }
    return most;
  }
}
