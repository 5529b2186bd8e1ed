package dev.millrace.accelerator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a model that generates texts is asked, the same for every prompt. What is null is left to the
 * server.
 *
 * @param system what it is told before each prompt
 * @param maxTokens the most tokens of an answer, at least 1
 * @param temperature how much chance there is in an answer, from 0
 * @param jsonSchema a JSON schema that each answer is to satisfy, as JSON; null for any text
 * @param streamed whether an answer is read while it is written, which tells when it began
 * @param furtherFields a JSON object with further fields of the request, for what only some servers
 *     have
 */
public record Generator(
    @Nullable String system,
    @Nullable Integer maxTokens,
    @Nullable Double temperature,
    @Nullable String jsonSchema,
    boolean streamed,
    @Nullable String furtherFields) {

  /** Leaves all to the server, and reads answers while they are written. */
  public static Generator defaults() {
    return new Generator(null, null, null, null, true, null);
  }

  /** SHA-256, in hexadecimal, over a model's name and what here may change an answer. */
  String digest(String name) {
    return ModelDigest.of(
        List.of(
            "generator 1",
            name,
            String.valueOf(system),
            String.valueOf(maxTokens),
            String.valueOf(temperature),
            String.valueOf(jsonSchema),
            String.valueOf(furtherFields)));
  }
}
