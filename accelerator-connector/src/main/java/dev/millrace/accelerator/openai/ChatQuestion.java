package dev.millrace.accelerator.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Generator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes prompts as the bodies of requests to answer them. Safe for use by several threads. */
final class ChatQuestion {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonFactory FACTORY = JSON.getFactory();
  private static final int BYTES_OF_FRAME = 512;

  private final String model;
  private final Generator generator;
  private final boolean asksForUsage;
  private final @Nullable JsonNode schema;
  private final JsonNode further;

  /**
   * @param asksForUsage whether a streamed answer is to tell the tokens that it took
   * @throws AcceleratorException of category CONFIGURATION if the schema or the further fields are
   *     no JSON objects
   */
  ChatQuestion(String model, Generator generator, boolean asksForUsage) {
    this.model = model;
    this.generator = generator;
    this.asksForUsage = asksForUsage;
    this.schema = generator.jsonSchema() == null ? null : object("schema", generator.jsonSchema());
    this.further =
        generator.furtherFields() == null
            ? JSON.createObjectNode()
            : object("further fields", generator.furtherFields());
  }

  private static JsonNode object(String what, String text) {
    JsonNode read;
    try {
      read = JSON.readTree(text);
    } catch (JsonProcessingException malformed) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "The " + what + " of a request are no JSON: " + malformed.getOriginalMessage(),
          malformed);
    }
    if (!read.isObject()) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "The " + what + " of a request are no JSON object, but " + read.getNodeType() + ".");
    }
    return read;
  }

  /**
   * The body for a prompt. The caller owns it.
   *
   * @param limit the most tokens of its answer; null for what the generator says
   */
  ByteBuf of(String prompt, @Nullable Integer limit, ByteBufAllocator allocator) {
    ByteBuf body = allocator.buffer(BYTES_OF_FRAME + prompt.length());
    boolean done = false;
    try (OutputStream out = new ByteBufOutputStream(body);
        JsonGenerator json = FACTORY.createGenerator(out)) {
      write(json, prompt, limit);
      json.flush();
      done = true;
      return body;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    } finally {
      if (!done) {
        body.release();
      }
    }
  }

  private void write(JsonGenerator json, String prompt, @Nullable Integer limit)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("model", model);
    json.writeArrayFieldStart("messages");
    if (generator.system() != null) {
      message(json, "system", generator.system());
    }
    message(json, "user", prompt);
    json.writeEndArray();
    Integer most = limit == null ? generator.maxTokens() : limit;
    if (most != null) {
      json.writeNumberField("max_tokens", most);
    }
    if (generator.temperature() != null) {
      json.writeNumberField("temperature", generator.temperature());
    }
    if (generator.streamed()) {
      json.writeBooleanField("stream", true);
      if (asksForUsage) {
        json.writeObjectFieldStart("stream_options");
        json.writeBooleanField("include_usage", true);
        json.writeEndObject();
      }
    }
    if (schema != null) {
      json.writeObjectFieldStart("response_format");
      json.writeStringField("type", "json_schema");
      json.writeObjectFieldStart("json_schema");
      json.writeStringField("name", "answer");
      json.writeBooleanField("strict", true);
      json.writeFieldName("schema");
      JSON.writeTree(json, schema);
      json.writeEndObject();
      json.writeEndObject();
    }
    for (Map.Entry<String, JsonNode> field : further.properties()) {
      json.writeFieldName(field.getKey());
      JSON.writeTree(json, field.getValue());
    }
    json.writeEndObject();
  }

  private static void message(JsonGenerator json, String role, String content) throws IOException {
    json.writeStartObject();
    json.writeStringField("role", role);
    json.writeStringField("content", content);
    json.writeEndObject();
  }
}
