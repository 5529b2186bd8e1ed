package dev.millrace.jobs.backfill;

import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.condition.Condition;
import dev.millrace.jobs.condition.ConditionParser;
import dev.millrace.jobs.input.TableFormat.Table;
import dev.millrace.jobs.output.OutputFile;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.InferenceTask;
import dev.millrace.operators.OptionProblem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * Checks a whole configuration before anything starts, and makes the settings of it. Holds the lock
 * of the output until it is closed.
 */
final class BackfillCheck implements AutoCloseable {

  private static final int MOST_PARALLEL = 128;

  private final Configuration values;
  private final Problems problems;
  private final Console console;
  private final List<String> notes = new ArrayList<>();
  private @Nullable RunLock lock;

  BackfillCheck(Configuration values, Problems problems, Console console) {
    this.values = values;
    this.problems = problems;
    this.console = console;
  }

  /** The settings, or null if there are problems. */
  @Nullable BackfillSettings settings() throws IOException {
    InferenceSettings inference = InferenceSettings.from(values);
    for (OptionProblem problem : inference.problems(InferenceTask.EMBEDDING)) {
      problems.add(problem.option(), problem.value(), problem.remedy());
    }
    int cores = Runtime.getRuntime().availableProcessors();
    int parallelism = values.getOptional(BackfillOptions.PARALLELISM).orElse(cores);
    inRange(BackfillOptions.PARALLELISM, parallelism, MOST_PARALLEL);
    inRange(
        BackfillOptions.ROWS_PER_FILE,
        values.get(BackfillOptions.ROWS_PER_FILE),
        Integer.MAX_VALUE);
    TextTemplate template = template();
    Condition condition = condition();
    RunFolder folder = folder();
    String report = values.get(BackfillOptions.REPORT);
    if (report != null) {
      OutputFile.check(BackfillOptions.REPORT.key(), report, problems);
    }
    BackfillInput input = BackfillInput.find(values, problems, notes);
    if (input == null || template == null || folder == null || !problems.isEmpty()) {
      return null;
    }
    Plan earlier = values.get(BackfillOptions.START_OVER) ? null : earlierPlan(folder);
    Table table = input.table(earlier, console, problems);
    if (table == null || !problems.isEmpty()) {
      return null;
    }
    notes.addAll(table.notes());
    RowSelection selection =
        new ColumnCheck(table.columns(), values, problems).selection(template, condition);
    if (selection == null || !problems.isEmpty()) {
      return null;
    }
    Plan plan =
        new Plan(
            decisive(inference, input.format(), folder),
            new Schema(table.columns().getFields()).toJson(),
            input.files(table.rows()),
            values.get(BackfillOptions.ROWS_PER_FILE));
    if (earlier != null) {
      refuseChanges(plan, earlier);
    }
    if (!problems.isEmpty() || !take(folder)) {
      return null;
    }
    if (values.get(BackfillOptions.START_OVER)) {
      folder.clear();
    } else {
      folder.sweep();
    }
    Map<String, PartDone> done = folder.done();
    return new BackfillSettings(
        input.format(),
        plan,
        selection,
        selection.textColumn(isText(table.columns(), template)),
        folder,
        values.get(BackfillOptions.OUTPUT_FORMAT),
        values.get(BackfillOptions.VECTOR_COLUMN),
        earlier == null ? null : done.values().stream().reduce(PartDone.NONE, PartDone::plus),
        done.size(),
        report == null ? null : java.nio.file.Path.of(report),
        parallelism,
        inference,
        notes);
  }

  private static boolean isText(Schema columns, TextTemplate template) {
    String only = template.onlyColumn();
    return only != null && columns.findField(only).getType() instanceof ArrowType.Utf8;
  }

  private @Nullable TextTemplate template() {
    String column = values.get(BackfillOptions.TEXT_COLUMN);
    String template = values.get(BackfillOptions.TEXT);
    if (column != null && template != null) {
      problems.add(
          BackfillOptions.TEXT.key(),
          template,
          "--text-column says what is embedded, too. Leave one of them out.");
      return null;
    }
    if (column != null) {
      return TextTemplate.ofColumn(column);
    }
    if (template == null) {
      problems.add(
          BackfillOptions.TEXT_COLUMN.key(),
          null,
          "nothing says what is embedded. Name the column with the text, or make one of several by"
              + " --text '{title}. {description}'.");
      return null;
    }
    try {
      return TextTemplate.parse(template);
    } catch (IllegalArgumentException wrong) {
      problems.add(
          BackfillOptions.TEXT.key(),
          template,
          wrong.getMessage()
              + ". Write columns in braces, such as '{title}. {description}', and a brace that is"
              + " none twice.");
      return null;
    }
  }

  private @Nullable Condition condition() {
    String where = values.get(BackfillOptions.WHERE);
    if (where == null) {
      return null;
    }
    try {
      return ConditionParser.parse(where);
    } catch (IllegalArgumentException wrong) {
      problems.add(
          BackfillOptions.WHERE.key(),
          where,
          wrong.getMessage()
              + ". Write, for example, \"price > 10 and title is not null\"; names with other"
              + " characters in double quotes, texts in single ones.");
      return null;
    }
  }

  private @Nullable RunFolder folder() {
    String where = values.get(BackfillOptions.OUTPUT);
    if (where == null) {
      problems.add(BackfillOptions.OUTPUT.key(), null, "it is missing. Name a folder.");
      return null;
    }
    String letters =
        values
            .getOptional(BackfillOptions.DEAD_LETTERS)
            .orElse(where.replaceFirst("/+$", "") + "-dead-letters");
    return new FolderCheck(problems).check(where, letters);
  }

  private @Nullable Plan earlierPlan(RunFolder folder) {
    try {
      return folder.plan();
    } catch (IOException damaged) {
      problems.add(
          BackfillOptions.OUTPUT.key(),
          folder.output().getPath(),
          "the plan of the earlier run in it cannot be read ("
              + damaged.getMessage()
              + "). Begin anew with --start-over, or name another folder.");
      return null;
    }
  }

  /** What decides on the content of the output, by what the user calls it. */
  private Map<String, String> decisive(
      InferenceSettings inference, RowFormat format, RunFolder folder) {
    Map<String, String> decisive = new TreeMap<>();
    decisive.put("--model", inference.model() + " (" + inference.modelDigest() + ")");
    decisive.put("--input-format", format.toString());
    decisive.put("--dead-letters", folder.letters().toString());
    for (ConfigOption<?> option :
        List.of(
            BackfillOptions.TEXT_COLUMN,
            BackfillOptions.TEXT,
            BackfillOptions.COLUMNS,
            BackfillOptions.WHERE,
            BackfillOptions.OUTPUT_FORMAT,
            BackfillOptions.VECTOR_COLUMN,
            InferenceOptions.ON_BAD_ROW,
            InferenceOptions.BATCH_INVARIANCE,
            InferenceOptions.PRECISION,
            InferenceOptions.GRAPH_PREPARATION)) {
      Object value = values.get(option);
      decisive.put("--" + option.key(), value == null ? "" : value.toString());
    }
    return decisive;
  }

  private void refuseChanges(Plan plan, Plan earlier) {
    List<String> differences = plan.differencesFrom(earlier);
    if (!differences.isEmpty()) {
      problems.add(
          BackfillOptions.OUTPUT.key(),
          values.get(BackfillOptions.OUTPUT),
          "an earlier run has begun to write something else there:\n  "
              + String.join(";\n  ", differences)
              + ".\nMake it as it was to go on; or begin anew with --start-over, which removes what"
              + " is there; or name another folder.");
    }
  }

  private boolean take(RunFolder folder) throws IOException {
    lock = RunLock.take(folder.output());
    if (lock == null) {
      problems.add(
          BackfillOptions.OUTPUT.key(),
          folder.output().getPath(),
          "another run is writing there. Wait for it, stop it, or name another folder.");
    }
    return lock != null;
  }

  private void inRange(ConfigOption<Integer> option, int value, int most) {
    if (value < 1 || value > most) {
      problems.add(option.key(), value, "it must be between 1 and " + most + ".");
    }
  }

  @Override
  public void close() throws IOException {
    if (lock != null) {
      Objects.requireNonNull(lock).close();
    }
  }
}
