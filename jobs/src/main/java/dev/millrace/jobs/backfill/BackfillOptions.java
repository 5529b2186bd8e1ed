package dev.millrace.jobs.backfill;

import dev.millrace.operators.InferenceOptions;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** What {@code millrace backfill} can be told. */
public final class BackfillOptions {

  public static final ConfigOption<String> INPUT =
      ConfigOptions.key("input")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The rows: a file, a folder or a glob in quotes. CSV, JSON lines and Avro may be"
                  + " compressed with gzip.");

  public static final ConfigOption<String> INPUT_FORMAT =
      ConfigOptions.key("input-format")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "How the rows lie there: csv, jsonl, avro, arrow or parquet. Without it, what the"
                  + " files' names end with says so.");

  public static final ConfigOption<String> TEXT_COLUMN =
      ConfigOptions.key("text-column")
          .stringType()
          .noDefaultValue()
          .withDescription("The column with the text that is embedded.");

  public static final ConfigOption<String> TEXT =
      ConfigOptions.key("text")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The text that is embedded, made of several columns: '{title}. {description}'."
                  + " In place of --text-column.");

  public static final ConfigOption<String> COLUMNS =
      ConfigOptions.key("columns")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The columns that are written beside the vectors, with commas between them. Without"
                  + " it, all of them.");

  public static final ConfigOption<String> WHERE =
      ConfigOptions.key("where")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Which rows are taken: \"price > 10 and title is not null\". Known are = != < <= >"
                  + " >=, in (...), is null, is not null, and, or, not and parentheses; names with"
                  + " other characters stand in double quotes, texts and times in single ones.");

  public static final ConfigOption<String> OUTPUT =
      ConfigOptions.key("output")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The folder that the rows and their vectors are written to. How far the run is,"
                  + " lies there, too.");

  public static final ConfigOption<VectorFormat> OUTPUT_FORMAT =
      ConfigOptions.key("output-format")
          .enumType(VectorFormat.class)
          .defaultValue(VectorFormat.PARQUET)
          .withDescription("How they are written.");

  public static final ConfigOption<String> VECTOR_COLUMN =
      ConfigOptions.key("vector-column")
          .stringType()
          .defaultValue("embedding")
          .withDescription("What the column of the vectors is called.");

  public static final ConfigOption<String> DEAD_LETTERS =
      ConfigOptions.key("dead-letters")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The folder for rows that could not be read or embedded, with the reason. Without it,"
                  + " the output's name and -dead-letters.");

  public static final ConfigOption<String> REPORT =
      ConfigOptions.key("report")
          .stringType()
          .noDefaultValue()
          .withDescription("A JSON file with the figures of the summary.");

  public static final ConfigOption<Integer> ROWS_PER_FILE =
      ConfigOptions.key("rows-per-file")
          .intType()
          .defaultValue(10_000)
          .withDescription(
              "How many rows of the input become one file of the output. A run that is stopped"
                  + " loses no more than the files that it was writing.");

  public static final ConfigOption<Boolean> START_OVER =
      ConfigOptions.key("start-over")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "Remove what earlier runs have written into the output and begin anew, also when the"
                  + " input, the model or an option has changed.");

  public static final ConfigOption<Integer> PARALLELISM =
      ConfigOptions.key("parallelism")
          .intType()
          .noDefaultValue()
          .withDescription(
              "How many subtasks work at once. Without it, as many as there are cores.");

  /** The command's own, in the order in which help lists them. */
  public static final List<ConfigOption<?>> OWN =
      List.of(
          INPUT,
          INPUT_FORMAT,
          TEXT_COLUMN,
          TEXT,
          COLUMNS,
          WHERE,
          OUTPUT,
          OUTPUT_FORMAT,
          VECTOR_COLUMN,
          DEAD_LETTERS,
          REPORT,
          ROWS_PER_FILE,
          START_OVER,
          PARALLELISM);

  private BackfillOptions() {}

  /** With those of the model; rows stay in their order, so there is no option for that. */
  static List<ConfigOption<?>> all() {
    List<ConfigOption<?>> options = new ArrayList<>(OWN);
    options.addAll(InferenceOptions.ALL);
    options.remove(InferenceOptions.OUTPUT_ORDER);
    return options;
  }
}
