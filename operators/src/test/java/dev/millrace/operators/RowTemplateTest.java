package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts made of columns. */
class RowTemplateTest {

  private static final Map<String, String> ROW = Map.of("title", "Coat", "body", "warm {soft}");

  private static @Nullable String render(String template) {
    return RowTemplate.parse(template).of(ROW::get);
  }

  @Test
  void columnsStandInBraces() {
    assertThat(render("{title}: { body }!")).isEqualTo("Coat: warm {soft}!");
    assertThat(render("{{{title}}}")).isEqualTo("{Coat}");
    assertThat(RowTemplate.parse("{a} {b} {a}").columns()).containsExactly("a", "b");
    assertThat(RowTemplate.parse("{a}").onlyColumn()).isEqualTo("a");
    assertThat(RowTemplate.parse("{a} {b}").onlyColumn()).isNull();
  }

  @Test
  void aColumnWithoutAValueLeavesItsPlaceEmptyAndARowWithoutAnyHasNoText() {
    assertThat(render("{title}/{price}")).isEqualTo("Coat/");
    assertThat(render("price: {price}")).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "say {word, a brace is opened and not closed",
    "say word}, a brace is closed and was not opened",
    "say it, no column is in it",
  })
  void whatIsNoTemplateIsToldWhy(String template, String why) {
    assertThatThrownBy(() -> RowTemplate.parse(template)).hasMessage(why);
  }
}
