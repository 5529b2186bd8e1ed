package dev.millrace.jobs.sql;

import java.util.Arrays;
import java.util.List;

/**
 * One statement of a script.
 *
 * @param script where it is from
 * @param sql what Flink is given: variables are replaced, comments are still in it
 * @param origins for each character of {@code sql}, and for its end, where it comes from
 * @param words its first words in capitals, without comments
 */
record Statement(Script script, String sql, List<Integer> origins, List<String> words) {

  /** Where it begins. */
  Position start() {
    return script.position(origins.get(0));
  }

  /** The place in the script of a place in the statement. */
  Position at(Position inStatement) {
    int offset = 0;
    for (int line = 1; line < inStatement.line(); line++) {
      int end = sql.indexOf('\n', offset);
      if (end < 0) {
        break;
      }
      offset = end + 1;
    }
    offset = Math.min(offset + inStatement.column() - 1, sql.length());
    return script.position(origins.get(offset));
  }

  /** Whether its words begin so. */
  boolean begins(String... expected) {
    return words.size() >= expected.length
        && words.subList(0, expected.length).equals(Arrays.asList(expected));
  }
}
