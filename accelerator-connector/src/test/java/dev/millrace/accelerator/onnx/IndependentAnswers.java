package dev.millrace.accelerator.onnx;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The vectors of langchain4j's class for the model {@code minilm}. */
public final class IndependentAnswers {

  /** Tests ask for the same texts several times. */
  private static final Map<List<String>, List<float[]>> ANSWERS = new ConcurrentHashMap<>();

  private IndependentAnswers() {}

  /** A vector for each text. */
  public static List<float[]> to(List<String> texts) {
    return ANSWERS.computeIfAbsent(
        texts,
        all ->
            new AllMiniLmL6V2QuantizedEmbeddingModel()
                .embedAll(all.stream().map(TextSegment::from).toList()).content().stream()
                    .map(Embedding::vector)
                    .toList());
  }
}
