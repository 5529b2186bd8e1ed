package dev.millrace.jobs.bench;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.AbstractInProcessEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.OnnxBertBiEncoder;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import dev.langchain4j.model.embedding.onnx.allminilml6v2.AllMiniLmL6V2EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.millrace.accelerator.Model;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** langchain4j's models in this process. They embed one text at a time. */
final class LangChain implements Embedder {

  private final EmbeddingModel model;
  private final @Nullable OrtSession session;

  private LangChain(EmbeddingModel model, @Nullable OrtSession session) {
    this.model = model;
    this.session = session;
  }

  /** As its users have it: the model's class, made without arguments. */
  static LangChain asShipped(boolean fp32) {
    return new LangChain(
        fp32 ? new AllMiniLmL6V2EmbeddingModel() : new AllMiniLmL6V2QuantizedEmbeddingModel(),
        null);
  }

  /** With a session of one thread that does not spin, so that a caller a core is the most. */
  static LangChain tuned(Model model) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    OrtSession session = environment.createSession(model.graph(), OneThread.options());
    OnnxBertBiEncoder encoder =
        new OnnxBertBiEncoder(
            environment,
            session,
            new ByteArrayInputStream(model.tokenizerJson()),
            PoolingMode.MEAN);
    return new LangChain(new Tuned(encoder), session);
  }

  @Override
  public List<float[]> embed(List<String> texts) {
    List<float[]> vectors = new ArrayList<>(texts.size());
    for (String text : texts) {
      vectors.add(model.embed(text).content().vector());
    }
    return vectors;
  }

  @Override
  public void close() throws OrtException {
    if (session != null) {
      session.close();
    }
  }

  private static final class Tuned extends AbstractInProcessEmbeddingModel {
    private final OnnxBertBiEncoder encoder;

    Tuned(OnnxBertBiEncoder encoder) {
      super(Runnable::run);
      this.encoder = encoder;
    }

    @Override
    protected OnnxBertBiEncoder model() {
      return encoder;
    }
  }
}
