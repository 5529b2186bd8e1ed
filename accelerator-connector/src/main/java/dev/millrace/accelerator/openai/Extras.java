package dev.millrace.accelerator.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Fields of a request that vLLM and its relatives have and OpenAI has not. Most others pass over
 * them, some refuse the request.
 *
 * @param activation whether a classifier's numbers are to be activated; null to say nothing
 * @param cut tokens after which a text is to be cut; null to say nothing
 */
record Extras(@Nullable Boolean activation, @Nullable Integer cut) {

  static final Extras NONE = new Extras(null, null);

  Extras withActivation(boolean wanted) {
    return new Extras(wanted, cut);
  }

  void write(JsonGenerator json) throws IOException {
    if (activation != null) {
      json.writeBooleanField("use_activation", activation);
    }
    if (cut != null) {
      json.writeNumberField("truncate_prompt_tokens", cut);
    }
  }
}
