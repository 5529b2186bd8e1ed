package dev.millrace.accelerator.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.remote.RemoteDigest;
import io.netty.buffer.ByteBufInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/** What a server says of the model that it is asked for. */
final class ServedModel {

  private static final ObjectMapper JSON = new ObjectMapper();

  private ServedModel() {}

  /**
   * SHA-256 over the model as the server lists it and as it is known here. Blocks.
   *
   * @throws AcceleratorException if the server cannot be reached or has no such model
   */
  static String digest(OpenAiServer server) {
    List<String> parts = new ArrayList<>();
    parts.add("openai 1");
    parts.add(server.modelName());
    JsonNode listed = listed(server);
    if (listed != null) {
      // Not when it was created: with some servers that is when they were started.
      parts.add(listed.path("root").asText());
      parts.add(listed.path("max_model_len").asText());
    }
    parts.add(server.model().digest());
    return RemoteDigest.of(parts);
  }

  /** What the server lists of its model; null if it lists none at all. */
  private static @Nullable JsonNode listed(OpenAiServer server) {
    JsonNode list;
    try {
      list =
          server
              .get(
                  "/models",
                  bytes -> {
                    InputStream in = new ByteBufInputStream(bytes);
                    return JSON.readTree(in);
                  })
              .block();
    } catch (RuntimeException thrown) {
      if (Exceptions.unwrap(thrown) instanceof RefusedException refused
          && refused.status() == 404) {
        return null;
      }
      throw server.failure(server.describe(), thrown);
    }
    if (list == null || !list.path("data").isArray()) {
      return null;
    }
    List<String> names = new ArrayList<>();
    for (JsonNode one : list.path("data")) {
      names.add(one.path("id").asText());
      if (one.path("id").asText().equals(server.modelName())) {
        return one;
      }
    }
    throw new AcceleratorException(
        Category.MODEL,
        server.uri()
            + " has no model '"
            + server.modelName()
            + "'. It has "
            + names
            + ": name one with the parameter model=NAME.");
  }
}
