package dev.millrace.operators;

import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/**
 * What a user can set about how a model that generates texts is asked, beside {@link
 * InferenceOptions}. What is not set is left to the server.
 */
public final class GenerationOptions {

  public static final ConfigOption<String> SYSTEM_PROMPT =
      ConfigOptions.key("system-prompt")
          .stringType()
          .noDefaultValue()
          .withDescription("What the model is told before each prompt, as its system message.");

  public static final ConfigOption<Integer> MAX_TOKENS =
      ConfigOptions.key("max-tokens")
          .intType()
          .noDefaultValue()
          .withDescription(
              "The most tokens of an answer. One that is cut short for it has the finish reason"
                  + " length.");

  public static final ConfigOption<Double> TEMPERATURE =
      ConfigOptions.key("temperature")
          .doubleType()
          .noDefaultValue()
          .withDescription(
              "How much chance there is in an answer, from 0, for as little as can be.");

  public static final ConfigOption<String> JSON_SCHEMA =
      ConfigOptions.key("json-schema")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "A JSON schema, of an object, that the server makes each answer satisfy. In SQL"
                  + " columns stands for the one that has the columns of OUTPUT as properties.");

  public static final ConfigOption<Boolean> STREAM =
      ConfigOptions.key("stream")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "Whether an answer is read while it is written. Then the time to its first token is"
                  + " measured, and one that is still being written when its time is over is told"
                  + " from a server that says nothing.");

  public static final ConfigOption<String> REQUEST_FIELDS =
      ConfigOptions.key("request-fields")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "A JSON object whose fields are added to each request, for what only some servers"
                  + " know, such as {\"top_p\": 0.8} or {\"chat_template_kwargs\":"
                  + " {\"enable_thinking\": false}}.");

  /** All of them, in the order in which documentation lists them. */
  public static final List<ConfigOption<?>> ALL =
      List.of(SYSTEM_PROMPT, MAX_TOKENS, TEMPERATURE, JSON_SCHEMA, STREAM, REQUEST_FIELDS);

  private GenerationOptions() {}
}
