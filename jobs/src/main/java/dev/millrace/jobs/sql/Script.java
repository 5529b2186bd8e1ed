package dev.millrace.jobs.sql;

import java.util.List;
import java.util.Map;

/**
 * The text of a script.
 *
 * @param name what messages call it
 * @param text all of it
 */
record Script(String name, String text) {

  /**
   * Its statements, with variables replaced.
   *
   * @param variables what stands for {@code ${NAME}}
   * @throws ScriptException if a string or a comment does not end, or a variable has no value
   */
  List<Statement> statements(Map<String, String> variables) {
    return new ScriptReader(this, variables).statements();
  }

  /** The place of a character. */
  Position position(int offset) {
    int line = 1;
    int lineBegins = 0;
    for (int i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) {
      line++;
      lineBegins = i + 1;
    }
    return new Position(line, offset - lineBegins + 1);
  }

  /** A line's text, for showing where something is. */
  String line(int number) {
    return text.split("\n", -1)[number - 1].stripTrailing();
  }
}
