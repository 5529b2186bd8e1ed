package dev.millrace.jobs.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** The command line, generated from what commands declare. */
public final class MillraceCommandLine {

  private static final String NAME = "millrace";
  private static final int WIDTH = 100;

  private final List<Command> commands;
  private final CommandLine commandLine;

  public MillraceCommandLine(String version, List<Command> commands) {
    this.commands = List.copyOf(commands);
    CommandSpec root = CommandSpec.create().name(NAME).version(NAME + " " + version);
    root.usageMessage()
        .description("One Flink job, any accelerator.")
        .footer(
            "",
            "'millrace feed' with nothing more makes up a shop and writes a feed for its people.",
            "'millrace COMMAND --help' lists what a command takes.",
            "",
            "Exit codes: 0 done, 1 failed, 2 wrong usage.");
    addCommon(root);
    root.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .description("Print the version.")
            .build());
    for (Command command : this.commands) {
      root.addSubcommand(command.name(), spec(command));
    }
    root.addSubcommand("help", new CommandLine(new CommandLine.HelpCommand()));
    commandLine = new CommandLine(root);
    commandLine.setUsageHelpWidth(WIDTH);
  }

  private static CommandSpec spec(Command command) {
    CommandSpec spec = CommandSpec.create();
    spec.usageMessage()
        .description(command.summary())
        .footer(command.notes().toArray(String[]::new))
        .sortOptions(false)
        .abbreviateSynopsis(true);
    for (ConfigOption<?> option : command.options()) {
      String fallback = OptionValues.defaultText(option);
      String text = PlainText.of(option) + (fallback == null ? "" : " Default: " + fallback + ".");
      OptionSpec.Builder spelled =
          OptionSpec.builder("--" + option.key())
              .paramLabel(OptionValues.label(option))
              .type(command.repeatable().contains(option) ? String[].class : String.class)
              .description(text.replace("%", "%%"));
      if (OptionValues.isSwitch(option)) {
        spelled.arity("0..1").fallbackValue("true");
      } else {
        spelled.arity("1");
      }
      spec.addOption(spelled.build());
    }
    if (command.operand() != null) {
      spec.addPositional(
          PositionalParamSpec.builder()
              .index("0")
              .arity("0..1")
              .paramLabel(command.operand())
              .type(String.class)
              .build());
    }
    addCommon(spec);
    // Errors are collected, so that the user sees them together with those of the values.
    spec.parser().collectErrors(true);
    return spec;
  }

  private static void addCommon(CommandSpec spec) {
    spec.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Print this help.").build());
    spec.addOption(
        OptionSpec.builder("-v", "--verbose")
            .type(boolean.class)
            .arity("0")
            .scopeType(ScopeType.LOCAL)
            .description("Print warnings and, when something fails, where.")
            .build());
    spec.addOption(
        OptionSpec.builder("--log-file")
            .type(String.class)
            .arity("1")
            .paramLabel("FILE")
            .description("Write Flink's log there.")
            .build());
    spec.parser().collectErrors(true);
  }

  /** Parses the arguments and runs the command. */
  public int run(String[] args, Console console) {
    PrintWriter out = writer(console.out());
    ParseResult result = commandLine.parseArgs(args);
    ParseResult innermost = result;
    while (innermost.hasSubcommand()) {
      innermost = innermost.subcommand();
    }
    if (asked(result, "--version")) {
      commandLine.printVersionHelp(out);
      return ExitCode.DONE;
    }
    if (help(result, innermost, out)) {
      return ExitCode.DONE;
    }
    Problems problems = new Problems();
    for (ParseResult level = result; level != null; level = next(level)) {
      for (Exception error : level.errors()) {
        if (!(error instanceof CommandLine.UnmatchedArgumentException)) {
          problems.add(String.valueOf(error.getMessage()) + ".");
        }
      }
      for (String unmatched : level.unmatched()) {
        problems.add(unknown(level, unmatched));
      }
    }
    for (Command command : commands) {
      if (command.name().equals(innermost.commandSpec().name())) {
        return command.run(given(command, innermost), problems, console);
      }
    }
    if (problems.isEmpty()) {
      problems.add("No command is given. The commands are " + String.join(", ", names()) + ".");
    }
    console.err().println(problems.describe(NAME));
    return ExitCode.WRONG_USAGE;
  }

  private static @org.jspecify.annotations.Nullable ParseResult next(ParseResult level) {
    return level.hasSubcommand() ? level.subcommand() : null;
  }

  private boolean help(ParseResult result, ParseResult innermost, PrintWriter out) {
    if (innermost.commandSpec().name().equals("help")) {
      List<String> about = innermost.originalArgs();
      String topic = about.isEmpty() ? "" : about.get(about.size() - 1);
      CommandLine described = commandLine.getSubcommands().get(topic);
      (described == null || topic.equals("help") ? commandLine : described).usage(out);
      return true;
    }
    if (asked(innermost, "--help")) {
      innermost.commandSpec().commandLine().usage(out);
      return true;
    }
    if (asked(result, "--help")) {
      commandLine.usage(out);
      return true;
    }
    return false;
  }

  private static boolean asked(ParseResult level, String option) {
    return level.hasMatchedOption(option);
  }

  private static Map<String, String> given(Command command, ParseResult result) {
    Map<String, String> given = new LinkedHashMap<>();
    for (ConfigOption<?> option : command.options()) {
      Object value = result.matchedOptionValue("--" + option.key(), (Object) null);
      if (value != null) {
        given.put(
            option.key(),
            value instanceof String[] several
                ? String.join(Command.SEPARATOR, several)
                : value.toString());
      }
    }
    String operand = command.operand();
    if (operand != null
        && result.matchedPositionalValue(0, (Object) null) instanceof String value) {
      given.put(operand, value);
    }
    return given;
  }

  private String unknown(ParseResult level, String word) {
    boolean option = word.startsWith("-");
    boolean top = level.commandSpec().parent() == null;
    String name = option ? word.replaceFirst("=.*", "") : word;
    List<String> candidates = new ArrayList<>();
    if (option) {
      level.commandSpec().options().forEach(known -> candidates.addAll(List.of(known.names())));
    } else if (top) {
      candidates.addAll(names());
    }
    String near =
        Nearest.to(name, candidates).map(found -> " Did you mean '" + found + "'?").orElse("");
    if (option) {
      return "There is no option '" + name + "'." + near;
    }
    if (top) {
      return "There is no command '"
          + word
          + "'."
          + near
          + " The commands are "
          + String.join(", ", names())
          + ".";
    }
    String quote =
        java.nio.file.Files.exists(java.nio.file.Path.of(word))
            ? " If the shell made it out of a glob, put the glob in quotes."
            : "";
    return "'" + word + "' belongs to no option." + quote;
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    commands.forEach(command -> names.add(command.name()));
    names.add("help");
    return names;
  }

  private static PrintWriter writer(java.io.PrintStream stream) {
    return new PrintWriter(new java.io.OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }
}
