package dev.millrace.jobs.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Splits a script into statements and puts in what variables stand for. Used once. */
final class ScriptReader {

  /** As many as tell what a statement is. */
  private static final int WORDS = 5;

  private static final String BEGIN_SET = "EXECUTE STATEMENT SET BEGIN";

  private final Script script;
  private final String text;
  private final Map<String, String> variables;
  private final List<Statement> statements = new ArrayList<>();
  private StringBuilder sql = new StringBuilder();
  private List<Integer> origins = new ArrayList<>();
  private List<String> words = new ArrayList<>();
  private boolean inSet;

  /** Words and other marks since the last semicolon, of which the last may be the set's END. */
  private int marks;

  private boolean endsSet;
  private int at;

  ScriptReader(Script script, Map<String, String> variables) {
    this.script = script;
    this.text = script.text();
    this.variables = variables;
  }

  List<Statement> statements() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (text.startsWith("--", at)) {
        copyTo(orEnd(text.indexOf('\n', at)));
      } else if (text.startsWith("/*", at)) {
        copyTo(endOf("*/", 2, "The comment that begins here does not end. End it with */."));
      } else if (c == '\'' || c == '`') {
        quoted(c);
      } else if (text.startsWith("${", at)) {
        variable();
      } else if (c == ';') {
        semicolon();
      } else if (Character.isJavaIdentifierStart(c)) {
        word();
      } else {
        if (!Character.isWhitespace(c)) {
          mark(false);
        }
        copyTo(at + 1);
      }
    }
    if (inSet && !endsSet) {
      throw new ScriptException(
          "The statement set that begins here does not end. End it with END;.",
          script.position(origins.get(0)));
    }
    end();
    return statements;
  }

  private void mark(boolean isEnd) {
    endsSet = isEnd && marks == 0;
    marks++;
  }

  /** Copies what comes up to a place. White space and comments begin no statement. */
  private void copyTo(int until) {
    boolean code = !Character.isWhitespace(text.charAt(at)) && !isComment();
    while (at < until) {
      if (code || !words.isEmpty() || !sql.isEmpty()) {
        add(text.charAt(at), at);
      }
      at++;
    }
  }

  private boolean isComment() {
    return text.startsWith("--", at) || text.startsWith("/*", at);
  }

  private void add(char c, int origin) {
    sql.append(c);
    origins.add(origin);
  }

  private void addAll(String added, int origin) {
    for (int i = 0; i < added.length(); i++) {
      add(added.charAt(i), origin);
    }
  }

  private int orEnd(int found) {
    return found < 0 ? text.length() : found;
  }

  private int endOf(String mark, int skipped, String otherwise) {
    int found = text.indexOf(mark, at + skipped);
    if (found < 0) {
      throw new ScriptException(otherwise, script.position(at));
    }
    return found + mark.length();
  }

  /** A quote within quotes is written twice, which reads like two quoted texts side by side. */
  private void quoted(char quote) {
    int end =
        endOf(
            String.valueOf(quote),
            1,
            "The "
                + (quote == '`' ? "name" : "text")
                + " that begins here does not end. End it with "
                + quote
                + ".");
    mark(false);
    add(text.charAt(at), at);
    at++;
    while (at < end) {
      if (text.startsWith("${", at)) {
        variable();
      } else {
        add(text.charAt(at), at);
        at++;
      }
    }
  }

  private void variable() {
    int end = endOf("}", 2, "The variable that begins here does not end. End it with }.");
    String inside = text.substring(at + 2, end - 1);
    int split = inside.indexOf(":-");
    String name = split < 0 ? inside : inside.substring(0, split);
    String value = variables.get(name);
    if (value == null && split >= 0) {
      value = inside.substring(split + 2);
    }
    if (value == null) {
      throw new ScriptException(
          "The variable '" + name + "' has no value. Give --set " + name + "=VALUE.",
          script.position(at));
    }
    addAll(value, at);
    at = end;
  }

  private void word() {
    int end = at + 1;
    while (end < text.length()
        && Character.isJavaIdentifierPart(text.charAt(end))
        && !text.startsWith("${", end)) {
      end++;
    }
    String word = text.substring(at, end).toUpperCase(Locale.ROOT);
    if (words.size() < WORDS) {
      words.add(word);
    }
    mark(word.equals("END"));
    if (word.equals("BEGIN") && isSetSoFar()) {
      beginSet();
    }
    copyTo(end);
  }

  private void beginSet() {
    inSet = true;
    marks = 0;
    endsSet = false;
  }

  private boolean isSetSoFar() {
    String soFar = String.join(" ", words);
    return soFar.equals(BEGIN_SET) || soFar.equals("EXPLAIN STATEMENT SET BEGIN");
  }

  private void semicolon() {
    if (words.equals(List.of("BEGIN", "STATEMENT", "SET"))) {
      int origin = origins.get(0);
      forget();
      beginSet();
      addAll(BEGIN_SET + " ", origin);
      words.addAll(List.of(BEGIN_SET.split(" ")));
      at++;
      return;
    }
    if (inSet && !endsSet) {
      marks = 0;
      copyTo(at + 1);
      return;
    }
    at++;
    inSet = false;
    end();
  }

  private void end() {
    String trimmed = sql.toString().stripTrailing();
    if (!trimmed.isEmpty()) {
      origins.add(Math.min(at, text.length()));
      statements.add(new Statement(script, trimmed, List.copyOf(origins), List.copyOf(words)));
    }
    forget();
  }

  private void forget() {
    sql = new StringBuilder();
    origins = new ArrayList<>();
    words = new ArrayList<>();
  }
}
