package dev.millrace.jobs.cli;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that the user may have meant. */
public final class Nearest {

  private Nearest() {}

  /** The candidate that is nearest to the word, if any is near. */
  public static Optional<String> to(String word, Collection<String> candidates) {
    String wanted = word.toLowerCase(Locale.ROOT);
    String best = null;
    int bestDistance = Integer.MAX_VALUE;
    for (String candidate : candidates) {
      String lower = candidate.toLowerCase(Locale.ROOT);
      int distance = distance(wanted, lower);
      boolean contains =
          wanted.length() > 2
              && (lower.contains(wanted) || (lower.length() > 2 && wanted.contains(lower)));
      if (contains) {
        distance = Math.min(distance, 2);
      }
      int allowed = Math.max(2, Math.min(wanted.length(), lower.length()) / 3);
      if (distance <= allowed && distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return Optional.ofNullable(best);
  }

  /** Insertions, deletions and replacements that turn one into the other. */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
