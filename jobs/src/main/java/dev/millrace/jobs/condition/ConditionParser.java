package dev.millrace.jobs.condition;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a {@link Condition} as people write it. */
public final class ConditionParser {

  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(?:(?<number>-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)"
              + "|(?<text>'(?:[^']|'')*')"
              + "|(?<quoted>\"(?:[^\"]|\"\")*\")"
              + "|(?<word>[\\p{L}_][\\p{L}\\p{N}_.]*)"
              + "|(?<sign><=|>=|!=|<>|=|<|>|\\(|\\)|,))");
  private static final Set<String> COMPARISONS = Set.of("=", "!=", "<", "<=", ">", ">=");
  private static final String END = "the end";

  private enum Kind {
    NUMBER,
    TEXT,
    NAME,
    WORD,
    SIGN,
    END
  }

  private record Token(Kind kind, String text, int at) {
    boolean is(String word) {
      return (kind == Kind.WORD || kind == Kind.SIGN) && text.equalsIgnoreCase(word);
    }
  }

  private final List<Token> tokens = new ArrayList<>();
  private int next;

  private ConditionParser(String condition) {
    Matcher matcher = TOKEN.matcher(condition);
    int at = 0;
    while (!condition.substring(at).isBlank()) {
      if (!matcher.find(at) || matcher.start() != at) {
        throw new IllegalArgumentException(
            "at character " + (at + 1) + " it makes no sense: '" + condition.substring(at) + "'");
      }
      tokens.add(token(matcher));
      at = matcher.end();
    }
    tokens.add(new Token(Kind.END, END, condition.length()));
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if it is none; the message says where and why
   */
  public static Condition parse(String condition) {
    ConditionParser parser = new ConditionParser(condition);
    Condition whole = parser.or();
    if (parser.peek().kind() != Kind.END) {
      throw parser.wrong("and, or, or the end");
    }
    return whole;
  }

  private static Token token(Matcher matcher) {
    int at = matcher.end() - matcher.group().strip().length();
    String number = matcher.group("number");
    if (number != null) {
      return new Token(Kind.NUMBER, number, at);
    }
    String text = matcher.group("text");
    if (text != null) {
      return new Token(Kind.TEXT, text.substring(1, text.length() - 1).replace("''", "'"), at);
    }
    String quoted = matcher.group("quoted");
    if (quoted != null) {
      return new Token(
          Kind.NAME, quoted.substring(1, quoted.length() - 1).replace("\"\"", "\""), at);
    }
    String word = matcher.group("word");
    return word != null
        ? new Token(Kind.WORD, word, at)
        : new Token(Kind.SIGN, matcher.group("sign"), at);
  }

  private Condition or() {
    Condition left = and();
    while (take("or")) {
      left = new Condition.Or(left, and());
    }
    return left;
  }

  private Condition and() {
    Condition left = one();
    while (take("and")) {
      left = new Condition.And(left, one());
    }
    return left;
  }

  private Condition one() {
    if (take("not")) {
      return new Condition.Not(one());
    }
    if (take("(")) {
      Condition inner = or();
      expect(")");
      return inner;
    }
    Token name = peek();
    if (name.kind() != Kind.NAME && name.kind() != Kind.WORD) {
      throw wrong("a column");
    }
    next++;
    if (take("is")) {
      boolean not = take("not");
      expect("null");
      Condition isNull = new Condition.IsNull(name.text());
      return not ? new Condition.Not(isNull) : isNull;
    }
    boolean not = take("not");
    if (take("in")) {
      Condition in = new Condition.In(name.text(), values());
      return not ? new Condition.Not(in) : in;
    }
    String sign = peek().is("<>") ? "!=" : peek().text();
    if (not || peek().kind() != Kind.SIGN || !COMPARISONS.contains(sign)) {
      throw wrong(not ? "in" : "a comparison, in, or is null");
    }
    next++;
    return new Condition.Compare(name.text(), sign, value());
  }

  private List<Literal> values() {
    List<Literal> values = new ArrayList<>();
    expect("(");
    do {
      values.add(value());
    } while (take(","));
    expect(")");
    return values;
  }

  private Literal value() {
    Token token = peek();
    next++;
    return switch (token.kind()) {
      case NUMBER -> new Literal.Numeric(new BigDecimal(token.text()));
      case TEXT -> new Literal.Text(token.text());
      default -> {
        if (token.is("true") || token.is("false")) {
          yield new Literal.Truth(token.is("true"));
        }
        next--;
        throw wrong("a number, a text in single quotes, true or false");
      }
    };
  }

  private Token peek() {
    return tokens.get(next);
  }

  private boolean take(String word) {
    if (peek().is(word)) {
      next++;
      return true;
    }
    return false;
  }

  private void expect(String word) {
    if (!take(word)) {
      throw wrong("'" + word + "'");
    }
  }

  private IllegalArgumentException wrong(String expected) {
    Token found = peek();
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "at character %d is %s, where %s is expected",
            found.at() + 1,
            found.kind() == Kind.END ? END : "'" + found.text() + "'",
            expected));
  }
}
