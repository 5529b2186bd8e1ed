package dev.millrace.jobs.bench;

import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.IOUtils;
import org.jspecify.annotations.Nullable;

/** What the measurements share: texts, Flink, models. Used by one thread. */
final class Bench implements AutoCloseable {

  private static final String PEER = "dev.langchain4j.model.embedding.onnx.OnnxBertBiEncoder";

  private final BenchSettings settings;
  private final Model embedded;
  private final BenchTexts texts;
  private final JobCluster cluster;
  private final @Nullable Fp32Model fp32;
  private final Map<String, Embedder> embedders = new HashMap<>();

  Bench(BenchSettings settings) throws Exception {
    this.settings = settings;
    embedded = Models.resolve("minilm");
    texts = BenchTexts.load(settings, embedded);
    fp32 = Fp32Model.isThere() ? new Fp32Model() : null;
    cluster = new JobCluster();
  }

  BenchSettings settings() {
    return settings;
  }

  BenchTexts texts() {
    return texts;
  }

  JobCluster cluster() {
    return cluster;
  }

  EmbedJobs jobs() {
    return new EmbedJobs(cluster);
  }

  /** Whether a row is to be measured. */
  boolean wants(String row) {
    return settings.rows().contains(row);
  }

  boolean wantsAny(Set<String> rows) {
    return rows.stream().anyMatch(this::wants);
  }

  /** Why langchain4j cannot be compared with, or null if it can. */
  static @Nullable String peersMissing() {
    try {
      Class.forName(PEER, false, Bench.class.getClassLoader());
      return null;
    } catch (ClassNotFoundException absent) {
      return "langchain4j is not on the class path. Run ./millrace bench from a checkout.";
    }
  }

  /** Why a variant cannot be run, or null if it can. */
  @Nullable String missing(Variant variant) {
    if (variant.ofFp32() && fp32 == null) {
      return "the fp32 model is not on the class path. Run ./millrace bench from a checkout.";
    }
    return variant.missing();
  }

  /** What users get without setting anything, or what is nearest to it in this build. */
  Variant usual() {
    return missing(Variant.PREPARED) == null ? Variant.PREPARED : Variant.AS_SHIPPED;
  }

  /** The options of a job that runs a variant. */
  Configuration options(Variant variant) {
    return variant.options(fp32 == null ? "" : fp32.folder());
  }

  /** The model that a variant is made of. */
  Model model(boolean ofFp32) throws IOException {
    if (!ofFp32) {
      return embedded;
    }
    if (fp32 == null) {
      throw new IOException("The fp32 model is not on the class path.");
    }
    return Models.resolve(fp32.folder());
  }

  /** A peer, opened when it is first asked for and closed with this. */
  Embedder embedder(String peer, boolean ofFp32) throws Exception {
    String key = peer + "/" + ofFp32;
    Embedder open = embedders.get(key);
    if (open == null) {
      open =
          switch (peer) {
            case "langchain4j" -> LangChain.asShipped(ofFp32);
            case "tuned-langchain4j" -> LangChain.tuned(model(ofFp32));
            case "tuned-djl" -> new DjlAndRuntime(model(ofFp32));
            default -> throw new IllegalArgumentException("There is no peer '" + peer + "'.");
          };
      embedders.put(key, open);
    }
    return open;
  }

  @Override
  public void close() throws Exception {
    List<AutoCloseable> all = new ArrayList<>(List.of(cluster));
    all.addAll(embedders.values());
    if (fp32 != null) {
      all.add(fp32);
    }
    IOUtils.closeAll(all);
  }
}
