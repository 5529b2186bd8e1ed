package dev.millrace.accelerator.onnx;

import static java.util.Objects.requireNonNull;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import java.util.ArrayList;
import java.util.List;

/** The vectors of texts that are run alone, each in a batch of its own without padding. */
public final class AloneAnswers {

  private AloneAnswers() {}

  /** A vector for each text, of the model {@code minilm} as a session prepares it. */
  public static List<float[]> to(List<String> texts) {
    return to(texts, "minilm", SessionOptions.defaults());
  }

  /** A vector for each text, of a model by its name or folder, loaded with these options. */
  public static List<float[]> to(List<String> texts, String name, SessionOptions options) {
    Model model = Models.resolve(name);
    List<float[]> vectors = new ArrayList<>();
    try (InferenceSession session =
            Sessions.open(AcceleratorUri.parse("onnx:cpu"), model, options);
        MemoryScope scope = MemoryScope.open("alone")) {
      for (long[] tokens : Texts.tokens(model, texts)) {
        try (ArrowBatch batch = TokenBatches.of(scope, List.of(tokens));
            ArrowBatch answer = requireNonNull(session.infer(batch).block())) {
          vectors.addAll(Vectors.of(answer));
        }
      }
    }
    return vectors;
  }
}
