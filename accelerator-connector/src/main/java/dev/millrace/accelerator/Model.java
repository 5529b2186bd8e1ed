package dev.millrace.accelerator;

import dev.millrace.accelerator.AcceleratorException.Category;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model as it lies on disk or in a jar: its graph, its tokenizer and what its folder says of its
 * use. One that runs at a server needs no graph here. Made by {@link Models#resolve(String)}.
 * Immutable; callers do not write into its arrays.
 */
public final class Model {

  /** How tokens become one vector. */
  public enum Pooling {
    /** The mean over the tokens that are not padding. */
    MEAN,
    /** The first token's vector. */
    CLS,
    /** The greatest value of each dimension over the tokens that are not padding. */
    MAX
  }

  /**
   * What sentence-transformers' files say.
   *
   * @param maxTokens tokens after which a text is cut, special ones included
   * @param pooling how tokens become one vector
   * @param normalize whether the vector is scaled to length 1
   */
  public record TextSettings(int maxTokens, Pooling pooling, boolean normalize) {}

  /** How a classifier's raw numbers become scores. */
  public enum Activation {
    /** They are the scores. */
    NONE,
    /** Each by itself becomes a number from 0 to 1. */
    SIGMOID,
    /** Together they become probabilities, whose sum is 1. */
    SOFTMAX
  }

  /**
   * What {@code config.json} says of a classifier.
   *
   * @param labels the name of each score, in the order of the model's outputs; at least one
   * @param activation how the model's raw numbers become scores
   * @param byToken whether each token has scores, and not the text
   */
  public record Classifier(List<String> labels, Activation activation, boolean byToken) {

    public Classifier {
      labels = List.copyOf(labels);
    }
  }

  private final String name;
  private final String digest;
  private final byte @Nullable [] graph;
  private final @Nullable String whyNoGraph;
  private final @Nullable Path folder;
  private final byte[] tokenizerJson;
  private final TextSettings text;
  private final @Nullable Classifier classifier;
  private final @Nullable Generator generator;
  private final boolean raw;

  Model(
      String name,
      String digest,
      byte @Nullable [] graph,
      @Nullable String whyNoGraph,
      @Nullable Path folder,
      byte[] tokenizerJson,
      TextSettings text,
      @Nullable Classifier classifier) {
    this.name = name;
    this.digest = digest;
    this.graph = graph;
    this.whyNoGraph = whyNoGraph;
    this.folder = folder;
    this.tokenizerJson = tokenizerJson;
    this.text = text;
    this.classifier = classifier;
    this.generator = null;
    this.raw = false;
  }

  /** A model that is used as it is: it has no tokenizer, and nothing is said of its use. */
  Model(
      String name,
      String digest,
      byte @Nullable [] graph,
      @Nullable String whyNoGraph,
      @Nullable Path folder) {
    this.name = name;
    this.digest = digest;
    this.graph = graph;
    this.whyNoGraph = whyNoGraph;
    this.folder = folder;
    this.tokenizerJson = new byte[0];
    this.text = new TextSettings(Integer.MAX_VALUE, Pooling.MEAN, false);
    this.classifier = null;
    this.generator = null;
    this.raw = true;
  }

  /** A model at a server, which has its tokenizer, too. */
  Model(String name, Generator generator) {
    this.name = name;
    this.digest = generator.digest(name);
    this.graph = null;
    this.whyNoGraph = "it is known by its name at a server.";
    this.folder = null;
    this.tokenizerJson = new byte[0];
    this.text = new TextSettings(Integer.MAX_VALUE, Pooling.MEAN, false);
    this.classifier = null;
    this.generator = generator;
    this.raw = false;
  }

  /** What the user called it. */
  public String name() {
    return name;
  }

  /**
   * SHA-256, in hexadecimal, over the graph, the tokenizer, {@link #text()} and {@link
   * #classifier()}, or over the name and {@link #generator()}. Equal digests mean equal answers, as
   * far as a model gives equal answers.
   */
  public String digest() {
    return digest;
  }

  /** The first twelve digits of the digest, for people. */
  public String shortDigest() {
    return digest.substring(0, 12);
  }

  /**
   * The ONNX graph.
   *
   * @throws AcceleratorException of category MODEL if the folder has none
   */
  public byte[] graph() {
    if (graph == null) {
      throw new AcceleratorException(
          Category.MODEL, "The model '" + name + "' cannot be run in this process: " + whyNoGraph);
    }
    return graph;
  }

  /** Where the graph lies, if it is a file: weights in files of their own are beside it. */
  public @Nullable Path folder() {
    return folder;
  }

  /** The Hugging Face tokenizer, JSON in UTF-8; empty for a generator. */
  public byte[] tokenizerJson() {
    return tokenizerJson;
  }

  /**
   * Length, pooling and normalisation; the last two mean nothing for a classifier, and all three
   * for a generator.
   */
  public TextSettings text() {
    return text;
  }

  /** What it makes of a text. */
  public ModelTask task() {
    if (raw) {
      return ModelTask.RAW;
    }
    if (generator != null) {
      return ModelTask.GENERATION;
    }
    if (classifier == null) {
      return ModelTask.EMBEDDING;
    }
    return classifier.byToken() ? ModelTask.TOKEN_CLASSIFICATION : ModelTask.CLASSIFICATION;
  }

  /** Its labels, if it is a classifier; else null. */
  public @Nullable Classifier classifier() {
    return classifier;
  }

  /**
   * Its labels.
   *
   * @throws IllegalStateException if it is no classifier
   */
  public Classifier requireClassifier() {
    if (classifier == null) {
      throw new IllegalStateException("The model '" + name + "' is no classifier.");
    }
    return classifier;
  }

  /** How it is asked, if it generates texts; else null. */
  public @Nullable Generator generator() {
    return generator;
  }

  /**
   * Checks that the model is for a task.
   *
   * @throws AcceleratorException of category MODEL if it is for another
   */
  public void require(ModelTask wanted) {
    if (task() != wanted) {
      throw new AcceleratorException(
          Category.MODEL,
          "The model '" + name + "' is for " + task() + " and not for " + wanted + remedy(wanted));
    }
  }

  private static String remedy(ModelTask wanted) {
    return switch (wanted) {
      case EMBEDDING ->
          ". Name a model that makes embeddings, such as "
              + BuiltInModel.MINILM
              + ", or export this one for the task feature-extraction.";
      case CLASSIFICATION ->
          ": the architectures in its config.json name none that ends with"
              + " ForSequenceClassification. Name a classifier's folder.";
      case TOKEN_CLASSIFICATION ->
          ": the architectures in its config.json name none that ends with"
              + " ForTokenClassification. Name the folder of a model that labels tokens.";
      case RAW -> ". Models.raw makes one for it.";
      case GENERATION -> ". A model for it is made of its name at a server and of a Generator.";
    };
  }

  /**
   * Checks that a classifier has a label for each score; does nothing for other models.
   *
   * @param scores that the model gives a text, or a token
   * @throws AcceleratorException of category MODEL if it has not
   */
  public void requireLabels(long scores) {
    if (classifier != null && classifier.labels().size() != scores) {
      throw new AcceleratorException(
          Category.MODEL,
          "The model '"
              + name
              + "' has "
              + scores
              + (classifier.byToken() ? " scores for a token, and" : " scores for a text, and")
              + " its config.json names "
              + classifier.labels().size()
              + " labels. Give each score its label in id2label.");
    }
  }

  @Override
  public String toString() {
    return "Model[" + name + ", " + shortDigest() + "]";
  }
}
