package dev.millrace.jobs.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScriptReaderTest {

  private static List<Statement> read(String text, Map<String, String> variables) {
    return new Script("test.sql", text).statements(variables);
  }

  private static List<String> sql(String text) {
    return read(text, Map.of()).stream().map(Statement::sql).toList();
  }

  @Test
  void statementsEndAtSemicolonsOfTheirOwn() {
    assertThat(
            sql(
                """
                -- a comment; of no statement
                SELECT 'a;b', 'it''s; so' /* ; */, `x;y`;

                SELECT /*+ OPTIONS('a' = ';') */ 1 -- ; not here
                  FROM t
                ;;
                SELECT 2
                """))
        .containsExactly(
            "SELECT 'a;b', 'it''s; so' /* ; */, `x;y`",
            "SELECT /*+ OPTIONS('a' = ';') */ 1 -- ; not here\n  FROM t",
            "SELECT 2");
  }

  @Test
  void aStatementSetIsOneStatement() {
    assertThat(
            sql(
                """
                EXECUTE STATEMENT SET BEGIN
                  INSERT INTO a SELECT CASE WHEN x THEN 1 END;
                  INSERT INTO b SELECT 2;
                END;
                BEGIN STATEMENT SET;
                INSERT INTO c SELECT 3;
                END;
                SELECT 1;
                EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1; END
                """))
        .containsExactly(
            "EXECUTE STATEMENT SET BEGIN\n  INSERT INTO a SELECT CASE WHEN x THEN 1 END;\n"
                + "  INSERT INTO b SELECT 2;\nEND",
            "EXECUTE STATEMENT SET BEGIN \nINSERT INTO c SELECT 3;\nEND",
            "SELECT 1",
            "EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT 1; END");
  }

  @Test
  void variablesStandForTextAnywhereButInComments() {
    assertThat(
            read(
                "SELECT '${a}', ${b:-2}, ${a:-no} FROM `t${a}` -- ${unknown}\n",
                Map.of("a", "x;y")))
        .extracting(Statement::sql)
        .containsExactly("SELECT 'x;y', 2, x;y FROM `tx;y` -- ${unknown}");
  }

  @Test
  void placesAreThoseOfTheScript() {
    Statement statement =
        read("SELECT 1;\n-- more\nSELECT '${a}', 2\n FROM t", Map.of("a", "long")).get(1);
    assertThat(statement.start()).isEqualTo(new Position(3, 1));
    assertThat(statement.at(new Position(1, 16))).isEqualTo(new Position(3, 16));
    assertThat(statement.at(new Position(2, 2))).isEqualTo(new Position(4, 2));
    assertThat(statement.at(new Position(9, 9))).isEqualTo(new Position(4, 8));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "SELECT 'a, text, 8",
        "SELECT `a, name, 8",
        "SELECT 1 /* a, comment, 10",
        "SELECT ${a, variable, 8",
        "SELECT ${a}, --set a=VALUE, 8",
        "EXECUTE STATEMENT SET BEGIN SELECT 1;, END, 1"
      })
  void whatDoesNotEndIsToldWithItsPlace(String text, String told, int column) {
    assertThatThrownBy(() -> read(text, Map.of()))
        .isInstanceOfSatisfying(
            ScriptException.class,
            wrong -> assertThat(wrong.position()).isEqualTo(new Position(1, column)))
        .hasMessageContaining(told);
  }
}
