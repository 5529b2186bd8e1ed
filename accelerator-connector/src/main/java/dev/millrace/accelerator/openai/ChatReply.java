package dev.millrace.accelerator.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.generation.GeneratedAnswer;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the answer to a prompt: server-sent events, each with a piece of it, as the protocol has it
 * for {@code stream}, or one object, which a server that does not stream sends instead. For one
 * answer.
 */
final class ChatReply implements OpenAiServer.PieceReader<GeneratedAnswer> {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String EVENT = "data:";
  private static final String LAST_EVENT = "[DONE]";

  /** No model writes as much; what does is none. */
  private static final int MOST_BYTES = 64 << 20;

  private final LongSupplier sinceAsked;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final StringBuilder text = new StringBuilder();
  private @Nullable String finishReason;
  private @Nullable Integer promptTokens;
  private @Nullable Integer answerTokens;
  private @Nullable Long firstTokenNanos;
  private int bytes;

  /** Read by the thread on which the time is over, too. */
  private volatile boolean begun;

  private volatile int characters;
  private boolean whole;
  private boolean ended;

  /**
   * @param sinceAsked nanoseconds since the question was sent
   */
  ChatReply(LongSupplier sinceAsked) {
    this.sinceAsked = sinceAsked;
  }

  @Override
  public boolean hasBegun() {
    return begun;
  }

  @Override
  public String describe() {
    return characters + " characters";
  }

  @Override
  public void read(ByteBuf piece) throws IOException {
    bytes += piece.readableBytes();
    if (bytes > MOST_BYTES) {
      throw wrong("the answer has more than " + MOST_BYTES + " bytes");
    }
    while (piece.isReadable()) {
      byte next = piece.readByte();
      if (!begun && next > ' ') {
        begun = true;
        whole = next == '{';
      }
      if (next != '\n' || whole) {
        line.write(next);
      } else {
        endLine();
      }
    }
  }

  private void endLine() throws IOException {
    String read = line.toString(StandardCharsets.UTF_8).strip();
    line.reset();
    // Other lines are comments, with which servers keep connections open, and names of events.
    if (read.startsWith(EVENT)) {
      String content = read.substring(EVENT.length()).strip();
      if (content.equals(LAST_EVENT)) {
        ended = true;
      } else {
        readObject(JSON.readTree(content), "delta");
      }
    }
  }

  private void readObject(JsonNode object, String part) {
    JsonNode error = object.path("object").asText().equals("error") ? object : object.path("error");
    if (error.isObject()) {
      throw refusal(error);
    }
    JsonNode usage = object.path("usage");
    if (usage.isObject()) {
      promptTokens = count(usage.path("prompt_tokens"));
      answerTokens = count(usage.path("completion_tokens"));
    }
    JsonNode choice = object.path("choices").path(0);
    JsonNode said = choice.path(part);
    String content = said.path("content").asText("");
    boolean thinks = hasText(said.path("reasoning_content")) || hasText(said.path("reasoning"));
    if (!whole && firstTokenNanos == null && (thinks || !content.isEmpty())) {
      firstTokenNanos = sinceAsked.getAsLong();
    }
    text.append(content);
    characters = text.length();
    if (hasText(choice.path("finish_reason"))) {
      finishReason = choice.path("finish_reason").asText();
    }
  }

  private static boolean hasText(JsonNode node) {
    return node.isTextual() && !node.asText().isEmpty();
  }

  private static @Nullable Integer count(JsonNode number) {
    return number.canConvertToInt() && number.isNumber() ? Integer.valueOf(number.asInt()) : null;
  }

  /** Once an answer has begun, what goes wrong comes as a part of it, and not as a status. */
  private static RuntimeException refusal(JsonNode error) {
    String message = error.path("message").asText("no reason given");
    int status = error.path("code").asInt(500);
    return new RefusedException(status >= 400 && status < 600 ? status : 500, message, null);
  }

  @Override
  public GeneratedAnswer end() throws IOException {
    if (whole) {
      JsonNode object = JSON.readTree(line.toByteArray());
      if (!object.path("choices").path(0).path("message").isObject()
          && !object.path("error").isObject()) {
        throw wrong("the answer has no message");
      }
      readObject(object, "message");
    } else {
      if (line.size() > 0) {
        endLine();
      }
      if (!ended && finishReason == null) {
        throw wrong(
            begun
                ? "the answer was cut off after " + describe()
                : "the answer is empty, and has no end");
      }
    }
    return new GeneratedAnswer(
        text.toString(), finishReason, promptTokens, answerTokens, firstTokenNanos);
  }

  private static AcceleratorException wrong(String what) {
    return new AcceleratorException(Category.OUTPUT, what + ".");
  }
}
