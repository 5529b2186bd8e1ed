package dev.millrace.jobs.cli;

import java.util.EnumSet;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.description.Formatter;
import org.apache.flink.configuration.description.TextElement.TextStyle;

/** The description of an option as plain text. */
final class PlainText extends Formatter {

  static String of(ConfigOption<?> option) {
    return new PlainText().format(option.description());
  }

  @Override
  protected void formatLink(StringBuilder state, String link, String description) {
    state.append(description).append(" (").append(link).append(')');
  }

  @Override
  protected void formatLineBreak(StringBuilder state) {
    state.append(' ');
  }

  @Override
  protected void formatText(
      StringBuilder state, String format, String[] elements, EnumSet<TextStyle> styles) {
    // Flink escapes a lone percent sign; "%s" stands for an element.
    String text = format;
    for (String element : elements) {
      int at = text.indexOf("%s");
      text = at < 0 ? text : text.substring(0, at) + element + text.substring(at + 2);
    }
    state.append(text.replace("%%", "%"));
  }

  @Override
  protected void formatList(StringBuilder state, String[] entries) {
    state.append(String.join("; ", entries));
  }

  @Override
  protected Formatter newInstance() {
    return new PlainText();
  }
}
