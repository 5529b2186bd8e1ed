package dev.millrace.pipelines.sql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.operators.GenerationOptions;
import dev.millrace.operators.GenerationSettings;
import dev.millrace.operators.RowTemplate;
import dev.millrace.pipelines.sql.AnswerLayout.Cell;
import dev.millrace.pipelines.sql.AnswerLayout.Part;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedCatalogModel;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.jspecify.annotations.Nullable;

/**
 * Checks the columns of a {@code CREATE MODEL} for generation against its prompt and its schema.
 */
final class GenerationColumns {

  /** What users write for a schema that is made of the columns. */
  static final String BY_COLUMNS = "columns";

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String FINISH_REASON = "finish_reason";
  private static final String PROMPT_TOKENS = "prompt_tokens";
  private static final String ANSWER_TOKENS = "answer_tokens";
  private static final String FIRST_TOKEN_MILLIS = "first_token_millis";
  private static final Set<String> OF_REQUEST =
      Set.of(FINISH_REASON, PROMPT_TOKENS, ANSWER_TOKENS, FIRST_TOKEN_MILLIS);

  private final String model;
  private final List<Column> inputs;
  private final List<Column> outputs;
  private final @Nullable String prompt;
  private final JsonNode properties;
  private final OnError onError;
  private final String errorColumn;
  private final ModelProblems problems;

  GenerationColumns(
      String model,
      ResolvedCatalogModel declared,
      Configuration own,
      GenerationSettings generation,
      ModelProblems problems) {
    this.model = model;
    this.inputs = declared.getResolvedInputSchema().getColumns();
    this.outputs = declared.getResolvedOutputSchema().getColumns();
    this.prompt = own.get(ModelOptions.PROMPT);
    this.properties = properties(generation);
    this.onError = own.get(ModelOptions.ON_ERROR);
    this.errorColumn = own.get(ModelOptions.ERROR_COLUMN);
    this.problems = problems;
  }

  /** A schema with a property for each column of OUTPUT that says nothing of the request. */
  static String schemaOf(ResolvedCatalogModel declared, Configuration own) {
    boolean saysWhy = own.get(ModelOptions.ON_ERROR) == OnError.COLUMN;
    String errorColumn = own.get(ModelOptions.ERROR_COLUMN);
    return ColumnSchema.of(
        declared.getResolvedOutputSchema().getColumns().stream()
            .filter(column -> !OF_REQUEST.contains(column.getName()))
            .filter(column -> !(saysWhy && column.getName().equals(errorColumn)))
            .toList());
  }

  private static JsonNode properties(GenerationSettings generation) {
    try {
      return JSON.readTree(generation.jsonSchema().orElse("{}")).path("properties");
    } catch (JsonProcessingException toldElsewhere) {
      return JSON.missingNode();
    }
  }

  /** How a row becomes a prompt; adds what is wrong to the problems. */
  PromptLayout prompts() {
    for (Column column : inputs) {
      LogicalType type = type(column);
      if (!type.is(LogicalTypeFamily.CHARACTER_STRING)
          && !type.is(LogicalTypeFamily.NUMERIC)
          && !type.is(LogicalTypeRoot.BOOLEAN)) {
        mismatch(
            "The column "
                + column.getName()
                + " of INPUT is "
                + type.asSummaryString()
                + ". A prompt is made of texts, numbers and booleans: cast it to STRING in the"
                + " query, and declare it so.");
      }
    }
    return new PromptLayout(
        template(),
        inputs.stream().map(Column::getName).toList(),
        inputs.stream().map(GenerationColumns::type).toList());
  }

  private RowTemplate template() {
    if (prompt == null) {
      if (inputs.size() != 1 || !type(inputs.get(0)).is(LogicalTypeFamily.CHARACTER_STRING)) {
        mismatch(
            "INPUT must be one STRING column, which is the prompt, unless the option '"
                + ModelOptions.PROMPT.key()
                + "' says how it is made of several.");
      }
      return RowTemplate.ofColumn(inputs.isEmpty() ? "" : inputs.get(0).getName());
    }
    try {
      RowTemplate template = RowTemplate.parse(prompt);
      List<String> names = inputs.stream().map(Column::getName).toList();
      List<String> unknown =
          template.columns().stream().filter(name -> !names.contains(name)).toList();
      if (!unknown.isEmpty()) {
        problems.add(
            ModelOptions.PROMPT.key(),
            prompt,
            "INPUT has no column "
                + String.join(", ", unknown)
                + ". It has "
                + String.join(", ", names)
                + ". A brace that is none of a column's is written twice.");
      }
      return template;
    } catch (IllegalArgumentException malformed) {
      problems.add(
          ModelOptions.PROMPT.key(),
          prompt,
          "It is no template: "
              + malformed.getMessage()
              + ". Write a column as {name}, and a brace that is none of a column's twice.");
      return RowTemplate.ofColumn("");
    }
  }

  /** How a row of the output is laid out; adds what is wrong to the problems. */
  AnswerLayout answers() {
    List<Cell> cells = new ArrayList<>();
    Set<Part> parts = EnumSet.noneOf(Part.class);
    Set<Part> once = new HashSet<>();
    boolean fits = true;
    for (Column column : outputs) {
      Part part = part(column);
      if (part == null) {
        fits = false;
        continue;
      }
      fits &= part == Part.PROPERTY || once.add(part);
      parts.add(part);
      cells.add(new Cell(part, column.getName(), type(column)));
    }
    boolean saysSomething = parts.contains(Part.ANSWER) || parts.contains(Part.PROPERTY);
    boolean saysWhy = parts.contains(Part.ERROR) == (onError == OnError.COLUMN);
    if (!fits || !saysSomething || !saysWhy) {
      mismatch("OUTPUT must be " + wanted());
    } else if (onError != OnError.FAIL
        && outputs.stream().anyMatch(column -> !type(column).isNullable())) {
      mismatch(
          "A row that has no answer has null in each column of OUTPUT, and one that has an answer"
              + " in that of the error, so none can be NOT NULL unless you set 'on-error' ="
              + " 'fail'.");
    }
    return new AnswerLayout(cells, onError);
  }

  private @Nullable Part part(Column column) {
    LogicalType type = type(column);
    boolean isString = type.is(LogicalTypeFamily.CHARACTER_STRING);
    boolean isCount = type.is(LogicalTypeRoot.INTEGER) || type.is(LogicalTypeRoot.BIGINT);
    String name = column.getName();
    if (onError == OnError.COLUMN && name.equals(errorColumn)) {
      return isString ? Part.ERROR : null;
    }
    if (properties.has(name)) {
      return property(name, type) ? Part.PROPERTY : null;
    }
    return switch (name) {
      case FINISH_REASON -> isString ? Part.FINISH_REASON : null;
      case PROMPT_TOKENS -> isCount ? Part.PROMPT_TOKENS : null;
      case ANSWER_TOKENS -> isCount ? Part.ANSWER_TOKENS : null;
      case FIRST_TOKEN_MILLIS -> type.is(LogicalTypeRoot.DOUBLE) ? Part.FIRST_TOKEN_MILLIS : null;
      default -> isString ? Part.ANSWER : null;
    };
  }

  private boolean property(String name, LogicalType type) {
    String schemaType = properties.path(name).path("type").asText();
    if (!JsonCell.holds(type) || !JsonCell.fits(type, schemaType)) {
      problems.add(
          GenerationOptions.JSON_SCHEMA.key(),
          properties.toString(),
          "The property '"
              + name
              + "' is "
              + (schemaType.isEmpty() ? "of any type" : "a " + schemaType)
              + ", and the column of that name "
              + type.asSummaryString()
              + ". STRING takes whatever comes, as JSON.");
      return false;
    }
    return true;
  }

  private String wanted() {
    return "a STRING column, which gets the answer"
        + (properties.isEmpty()
            ? ""
            : ", or columns with names of the schema's properties, or both")
        + ", and any of finish_reason STRING, prompt_tokens INT, answer_tokens INT,"
        + " first_token_millis DOUBLE"
        + (onError == OnError.COLUMN
            ? ", and, for 'on-error' = 'column', the column "
                + errorColumn
                + " STRING, which may be null."
            : ". A further column, STRING, says why a row has no answer, if you set 'on-error' ="
                + " 'column'.");
  }

  private void mismatch(String wrong) {
    problems.add(
        wrong
            + "\ndeclared:                INPUT "
            + ColumnCheck.list(inputs)
            + " OUTPUT "
            + ColumnCheck.list(outputs)
            + "\nthe model '"
            + model
            + "' has: INPUT (prompt STRING) OUTPUT (answer STRING"
            + (onError == OnError.COLUMN ? ", " + errorColumn + " STRING" : "")
            + ")");
  }

  private static LogicalType type(Column column) {
    return column.getDataType().getLogicalType();
  }
}
