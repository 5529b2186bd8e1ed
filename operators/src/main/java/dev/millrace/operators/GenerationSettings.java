package dev.millrace.operators;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.accelerator.Generator;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;

/** The values of {@link GenerationOptions} for one stage of a job. Immutable. */
public final class GenerationSettings implements Serializable {

  private static final long serialVersionUID = 1L;

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /**
   * What a request has already, said by other options or by the engine's way of reading answers.
   */
  private static final List<String> OWN_FIELDS =
      List.of("model", "messages", "stream", "stream_options", "n");

  private final Configuration values = new Configuration();

  private GenerationSettings(ReadableConfig config) {
    GenerationOptions.ALL.forEach(option -> copy(option, config));
  }

  private <T> void copy(ConfigOption<T> option, ReadableConfig config) {
    config.getOptional(option).ifPresent(value -> values.set(option, value));
  }

  /** The settings that {@code config} holds. */
  public static GenerationSettings from(ReadableConfig config) {
    return new GenerationSettings(config);
  }

  /** Everything that is wrong with these settings, found without asking a server. */
  public List<OptionProblem> problems() {
    List<OptionProblem> problems = new ArrayList<>();
    Integer most = values.get(GenerationOptions.MAX_TOKENS);
    if (most != null && most < 1) {
      problems.add(
          new OptionProblem(
              GenerationOptions.MAX_TOKENS.key(), most.toString(), "It must be at least 1."));
    }
    Double temperature = values.get(GenerationOptions.TEMPERATURE);
    if (temperature != null && !(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
      problems.add(
          new OptionProblem(
              GenerationOptions.TEMPERATURE.key(),
              temperature.toString(),
              "It must be 0 or more; most models want 2 at most."));
    }
    JsonNode unused = object(problems, GenerationOptions.JSON_SCHEMA);
    JsonNode further = object(problems, GenerationOptions.REQUEST_FIELDS);
    for (String own : OWN_FIELDS) {
      if (further.has(own)) {
        problems.add(
            new OptionProblem(
                GenerationOptions.REQUEST_FIELDS.key(),
                further.toString(),
                "The field '" + own + "' is not yours to set here. Leave it out."));
      }
    }
    twice(problems, further, "max_tokens", GenerationOptions.MAX_TOKENS);
    twice(problems, further, "temperature", GenerationOptions.TEMPERATURE);
    twice(problems, further, "response_format", GenerationOptions.JSON_SCHEMA);
    return problems;
  }

  private void twice(
      List<OptionProblem> problems, JsonNode further, String field, ConfigOption<?> option) {
    if (further.has(field) && values.getOptional(option).isPresent()) {
      problems.add(
          new OptionProblem(
              GenerationOptions.REQUEST_FIELDS.key(),
              further.toString(),
              "The field '"
                  + field
                  + "' and the option '"
                  + option.key()
                  + "' are one. Give one."));
    }
  }

  private JsonNode object(List<OptionProblem> problems, ConfigOption<String> option) {
    String text = values.get(option);
    if (text == null) {
      return JSON.createObjectNode();
    }
    String wrong;
    try {
      JsonNode read = JSON.readTree(text);
      if (read.isObject()) {
        return read;
      }
      wrong = "It is no JSON object.";
    } catch (JsonProcessingException malformed) {
      wrong = "It is no JSON: " + malformed.getOriginalMessage();
    }
    problems.add(new OptionProblem(option.key(), text, wrong));
    return JSON.createObjectNode();
  }

  /** The schema that answers satisfy, as JSON; empty for any text. */
  public Optional<String> jsonSchema() {
    return values.getOptional(GenerationOptions.JSON_SCHEMA);
  }

  /**
   * A model that is asked so.
   *
   * @param name what its server calls it
   */
  public Model model(String name) {
    return Models.generating(
        name,
        new Generator(
            values.get(GenerationOptions.SYSTEM_PROMPT),
            values.get(GenerationOptions.MAX_TOKENS),
            values.get(GenerationOptions.TEMPERATURE),
            values.get(GenerationOptions.JSON_SCHEMA),
            values.get(GenerationOptions.STREAM),
            values.get(GenerationOptions.REQUEST_FIELDS)));
  }

  @Override
  public String toString() {
    return "GenerationSettings" + values;
  }
}
