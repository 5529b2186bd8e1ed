package dev.millrace.accelerator.openai;

import dev.millrace.accelerator.AcceleratorConnector;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.embedding.TextRows;
import java.util.EnumSet;
import java.util.Set;

/**
 * Reaches servers with OpenAI's routes: {@code openai+http://HOST:PORT/v1}, and {@code
 * openai+https://HOST:PORT/v1} with TLS.
 */
public final class OpenAiConnector implements AcceleratorConnector {

  @Override
  public Set<String> schemes() {
    return Set.of(OpenAiSettings.PLAIN, OpenAiSettings.ENCRYPTED);
  }

  @Override
  public Set<ModelTask> tasks() {
    return EnumSet.of(
        ModelTask.EMBEDDING,
        ModelTask.CLASSIFICATION,
        ModelTask.TOKEN_CLASSIFICATION,
        ModelTask.GENERATION);
  }

  @Override
  public void validate(AcceleratorUri uri) {
    OpenAiSettings unused = OpenAiSettings.of(uri);
  }

  @Override
  public void validate(AcceleratorUri uri, Model model) {
    if (model.task() == ModelTask.TOKEN_CLASSIFICATION && OpenAiSettings.of(uri).sendsTexts()) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          uri
              + ": with input=text the server makes the tokens, and where they are in the text is"
              + " known of Millrace's own only. Leave input=text out for '"
              + model.name()
              + "', which labels tokens.");
    }
  }

  /** Pairs go as texts: no route takes their tokens with the types that tell the two apart. */
  @Override
  public boolean readsTexts(AcceleratorUri uri, Model model) {
    return TextRows.readsPairs(model)
        || (model.task() != ModelTask.GENERATION && OpenAiSettings.of(uri).sendsTexts());
  }

  /** Asks the server which models it has. */
  @Override
  public String digest(AcceleratorUri uri, Model model, SessionOptions options) {
    try (OpenAiServer server = new OpenAiServer(uri, model, options)) {
      return ServedModel.of(server).digest();
    }
  }

  @Override
  public InferenceSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    validate(uri, model);
    return model.task() == ModelTask.GENERATION
        ? ChatSession.open(uri, model, options)
        : OpenAiSession.open(uri, model, options);
  }
}
