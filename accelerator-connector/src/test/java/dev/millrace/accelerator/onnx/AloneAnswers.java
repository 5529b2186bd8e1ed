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

/** The vectors of the model {@code minilm} as a session prepares it, each text run alone. */
public final class AloneAnswers {

  private AloneAnswers() {}

  /** A vector for each text. */
  public static List<float[]> to(List<String> texts) {
    Model model = Models.resolve("minilm");
    List<float[]> vectors = new ArrayList<>();
    try (InferenceSession session =
            Sessions.open(AcceleratorUri.parse("onnx:cpu"), model, SessionOptions.defaults());
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
