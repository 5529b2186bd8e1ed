package dev.millrace.jobs.sql;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code SET} and {@code RESET} say.
 *
 * @param key null for all
 * @param value null for what it is without being set
 */
record Setting(@Nullable String key, @Nullable String value) {

  private static final Pattern SET =
      Pattern.compile(
          "SET\\s+(?:'([^']+)'|([\\w.-]+))\\s*=\\s*(?:'((?:[^']|'')*)'|(\\S+))",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern RESET =
      Pattern.compile("RESET(?:\\s+(?:'([^']+)'|([\\w.-]+)))?", Pattern.CASE_INSENSITIVE);

  /** Reads a statement whose first word is SET or RESET. */
  static Setting of(Statement statement) {
    String sql = statement.sql();
    if (statement.begins("RESET")) {
      Matcher reset = RESET.matcher(sql);
      if (reset.matches()) {
        return new Setting(first(reset, 1), null);
      }
      throw new ScriptException(
          "RESET is followed by a key in quotes, as in RESET 'parallelism.default', or by nothing.",
          statement.start());
    }
    Matcher set = SET.matcher(sql);
    if (!set.matches()) {
      throw new ScriptException(
          "SET is followed by a key and a value, as in SET 'parallelism.default' = '2'.",
          statement.start());
    }
    String value = first(set, 3);
    return new Setting(first(set, 1), value == null ? "" : value.replace("''", "'"));
  }

  private static @Nullable String first(Matcher matcher, int group) {
    return matcher.group(group) != null ? matcher.group(group) : matcher.group(group + 1);
  }
}
