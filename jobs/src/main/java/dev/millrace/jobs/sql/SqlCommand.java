package dev.millrace.jobs.sql;

import dev.millrace.jobs.cli.Command;
import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.flink.FlinkHome;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.jspecify.annotations.Nullable;

/** {@code millrace sql}. */
final class SqlCommand implements Command {

  private static final String OPERAND = "FILE";

  @Override
  public String name() {
    return "sql";
  }

  @Override
  public String summary() {
    return "Runs a script of Flink SQL, in this process or on the cluster that started it.";
  }

  @Override
  public List<String> notes() {
    return List.of(
        "",
        "The statements of FILE are run one after the other: SET and RESET, CREATE, DROP and the"
            + " other definitions, INSERT and EXECUTE STATEMENT SET, each to its end, SELECT,"
            + " whose rows are printed as they come, SHOW, DESCRIBE and EXPLAIN. A statement whose"
            + " rows do not end runs until it is stopped.",
        "",
        "SET 'execution.runtime-mode' = 'batch' makes what follows run in batch mode. Models are"
            + " made with 'provider' = 'millrace'; docs/sql.md tells of them.",
        "",
        "Example:",
        "  millrace sql jobs/examples/embed.sql --set input=shop.csv --set output=out/vectors",
        "",
        "Exit codes: 0 done, 1 failed, 2 wrong usage.");
  }

  @Override
  public List<ConfigOption<?>> options() {
    return SqlOptions.ALL;
  }

  @Override
  public Set<ConfigOption<?>> repeatable() {
    return Set.of(SqlOptions.SET);
  }

  @Override
  public String operand() {
    return OPERAND;
  }

  @Override
  public int run(Map<String, String> given, Problems problems, Console console) {
    Map<String, String> variables = variables(given, problems);
    Script script = script(given.get(OPERAND), problems);
    if (script == null || !problems.isEmpty()) {
      console.err().println(problems.describe("millrace " + name()));
      return ExitCode.WRONG_USAGE;
    }
    List<Statement> statements;
    try {
      statements = script.statements(variables);
    } catch (ScriptException wrong) {
      complain(script, String.valueOf(wrong.getMessage()), wrong.position(), console);
      return ExitCode.WRONG_USAGE;
    }
    return run(script, statements, console);
  }

  private static Map<String, String> variables(Map<String, String> given, Problems problems) {
    Map<String, String> variables = new HashMap<>();
    String all = given.get(SqlOptions.SET.key());
    if (all != null) {
      for (String one : all.split(Command.SEPARATOR, -1)) {
        int split = one.indexOf('=');
        if (split < 1) {
          problems.add(SqlOptions.SET.key(), one, "it is not NAME=VALUE.");
        } else {
          variables.put(one.substring(0, split), one.substring(split + 1));
        }
      }
    }
    return variables;
  }

  private static @Nullable Script script(@Nullable String file, Problems problems) {
    if (file == null) {
      problems.add("No script is given. Name its file, as in millrace sql script.sql.");
      return null;
    }
    try {
      return new Script(file, Files.readString(Path.of(file)));
    } catch (MalformedInputException notText) {
      problems.add("The script '" + file + "' is not text in UTF-8.");
    } catch (IOException | InvalidPathException unreadable) {
      problems.add(
          "The script '"
              + file
              + "' cannot be read"
              + (Files.exists(Path.of("").resolve(file))
                  ? ": " + unreadable.getMessage()
                  : ": there is no such file")
              + ".");
    }
    return null;
  }

  private static int run(Script script, List<Statement> statements, Console console) {
    int cores = Runtime.getRuntime().availableProcessors();
    try (FlinkHome home = FlinkHome.open(cores)) {
      ScriptRun run = new ScriptRun(new SqlSession(home.environment()), home.detached(), console);
      // A job on a cluster goes on when its client ends.
      if (home.scratch() != null) {
        Runtime.getRuntime().addShutdownHook(new Thread(run::stop, "millrace-stop"));
      }
      for (Statement statement : statements) {
        try {
          run.run(statement);
        } catch (ScriptException wrong) {
          complain(script, String.valueOf(wrong.getMessage()), wrong.position(), console);
          return ExitCode.FAILED;
        } catch (Exception | LinkageError failed) {
          SqlFailure failure = SqlFailure.of(statement, failed);
          complain(script, failure.message(), failure.position(), console);
          if (console.verbose()) {
            failed.printStackTrace(console.err());
          }
          return ExitCode.FAILED;
        }
      }
      return ExitCode.DONE;
    } catch (IOException noScratch) {
      console.err().println("millrace sql failed: " + noScratch.getMessage());
      return ExitCode.FAILED;
    }
  }

  private static void complain(Script script, String message, Position at, Console console) {
    console.out().flush();
    console.err().println("millrace sql failed at " + script.name() + ", " + at + ": " + message);
    console.err().println("  " + script.line(at.line()).replace('\t', ' '));
    console.err().println("  " + " ".repeat(at.column() - 1) + "^");
    console.err().flush();
  }
}
