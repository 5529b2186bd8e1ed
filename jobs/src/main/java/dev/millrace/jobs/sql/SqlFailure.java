package dev.millrace.jobs.sql;

import dev.millrace.accelerator.AcceleratorException;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What Flink says of a statement, with its places as the script counts them.
 *
 * @param message what is wrong
 * @param position where
 */
record SqlFailure(String message, Position position) {

  private static final Pattern PLACE = Pattern.compile("line (\\d+), column (\\d+)");
  private static final Pattern FROM_TO =
      Pattern.compile("^(From|At) line \\d+, column \\d+( to line \\d+, column \\d+)?: ");
  private static final String UNPLANNED = "There are not enough rules to produce a node";
  private static final String SEARCH = "VECTOR_SEARCH";
  private static final Pattern EXPECTING = Pattern.compile("\\s*Was expecting.*", Pattern.DOTALL);

  static SqlFailure of(Statement statement, Throwable failure) {
    Throwable root = failure;
    Position found = null;
    for (Throwable at = failure; at != null; at = next(at)) {
      root = at;
      Position place = place(at.getMessage());
      if (found == null && place != null) {
        found = statement.at(place);
      }
      // Our own exceptions say what to do; what lies below them says only where it was noticed.
      if (at instanceof AcceleratorException) {
        break;
      }
    }
    String message = root.getMessage() == null ? root.getClass().getName() : root.getMessage();
    return new SqlFailure(tidy(message, statement), found == null ? statement.start() : found);
  }

  private static @Nullable Throwable next(Throwable at) {
    return at.getCause() == at ? null : at.getCause();
  }

  private static @Nullable Position place(@Nullable String message) {
    Matcher place = PLACE.matcher(message == null ? "" : message);
    return place.find() ? position(place) : null;
  }

  private static Position position(MatchResult place) {
    return new Position(Integer.parseInt(place.group(1)), Integer.parseInt(place.group(2)));
  }

  /** The planner tells of each rule that it tried, over hundreds of lines. */
  private static String shorten(String message, Statement statement) {
    if (!message.startsWith(UNPLANNED)) {
      return message;
    }
    String shortened =
        "Flink knows no way to run this statement. " + message.lines().toList().get(0);
    return statement.sql().toUpperCase(Locale.ROOT).contains(SEARCH)
        ? shortened
            + "\nWith VECTOR_SEARCH, write FROM t, LATERAL TABLE(VECTOR_SEARCH(...)) with no alias"
            + " behind it, and search for a column of t."
        : shortened;
  }

  private static String tidy(String whole, Statement statement) {
    String message = shorten(whole, statement);
    String tidied = EXPECTING.matcher(FROM_TO.matcher(message).replaceFirst("")).replaceFirst("");
    return PLACE.matcher(tidied).replaceAll(place -> statement.at(position(place)).toString());
  }
}
