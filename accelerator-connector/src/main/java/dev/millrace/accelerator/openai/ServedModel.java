package dev.millrace.accelerator.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.remote.RemoteDigest;
import io.netty.buffer.ByteBufInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/**
 * What a server says of the model that it is asked for.
 *
 * @param digest SHA-256 over the model as the server lists it and as it is known here
 * @param longest tokens that a request may have there; null if the server does not say
 */
record ServedModel(String digest, @Nullable Integer longest) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Tokens after which a text is cut: by what the model's folder says, or the server. */
  int longest(Model model) {
    int here = model.text().maxTokens();
    return longest == null ? here : Math.min(here, longest);
  }

  /**
   * Asks for it. Blocks.
   *
   * @throws AcceleratorException if the server cannot be reached or has no such model
   */
  static ServedModel of(OpenAiServer server) {
    List<String> parts = new ArrayList<>();
    parts.add("openai 1");
    parts.add(server.modelName());
    JsonNode listed = listed(server);
    Integer longest = null;
    if (listed != null) {
      longest =
          listed.path("max_model_len").isInt()
              ? Integer.valueOf(listed.path("max_model_len").asInt())
              : null;
      // Not when it was created: with some servers that is when they were started.
      parts.add(listed.path("root").asText());
      parts.add(listed.path("max_model_len").asText());
    }
    parts.add(server.model().digest());
    if (server.settings().sendsTexts()) {
      // Other ends of long texts may be cut off there.
      parts.add("texts");
    }
    return new ServedModel(RemoteDigest.of(parts), longest);
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
