package dev.millrace.accelerator;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model.Classifier;
import dev.millrace.accelerator.Model.TextSettings;
import dev.millrace.accelerator.onnx.proto.ModelProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a model's folder, and tells all that is wrong with it at once. */
final class ModelFolder {

  private static final byte[] NO_GRAPH = new byte[0];
  private static final List<String> GRAPH_FILES = List.of("onnx/model.onnx", "model.onnx");

  private final String name;
  private final Path folder;
  private final FolderFiles files;

  ModelFolder(String name, Path folder) {
    this.name = name;
    this.folder = folder;
    this.files = new FolderFiles(folder);
  }

  Model read() {
    Path graphFile = findGraph();
    String whyNoGraph = graphFile == null ? folder + " " + whyNoGraph() : null;
    byte[] graph = graphFile == null ? null : files.bytes(graphFile);
    List<Path> weights =
        graph == null || graphFile == null ? List.of() : checkGraph(graphFile, graph);
    byte[] tokenizer = readTokenizer();
    JsonNode config = readConfig();
    Classifier classifier = config == null ? null : new ClassifierFile(files, config).read();
    TextSettings settings = new TextSettingsFiles(files, config).read(classifier != null);

    if (!files.problems().isEmpty() || tokenizer == null || settings == null) {
      if (graphFile == null) {
        files.problem(folder, whyNoGraph());
      }
      throw new AcceleratorException(
          Category.MODEL,
          "The model's folder '"
              + name
              + "' cannot be used:"
              + files.problems().stream()
                  .map(problem -> "\n  - " + problem)
                  .collect(Collectors.joining()));
    }
    String digest;
    try {
      digest =
          ModelDigest.of(
              graph == null ? NO_GRAPH : graph, weights, tokenizer, settings, classifier);
    } catch (UncheckedIOException unreadable) {
      throw new AcceleratorException(
          Category.MODEL,
          "The weights of the model '" + name + "' cannot be read: " + unreadable.getCause(),
          unreadable);
    }
    return new Model(
        name,
        digest,
        graph,
        whyNoGraph,
        graphFile == null ? null : graphFile.getParent(),
        tokenizer,
        settings,
        classifier);
  }

  /** Reads nothing but the graph. */
  Model readRaw() {
    Path graphFile = findGraph();
    if (graphFile == null) {
      throw new AcceleratorException(
          Category.MODEL, "The model's folder '" + name + "' cannot be used: it " + whyNoGraph());
    }
    byte[] graph = files.bytes(graphFile);
    List<Path> weights = graph == null ? List.of() : checkGraph(graphFile, graph);
    if (graph == null || !files.problems().isEmpty()) {
      throw new AcceleratorException(
          Category.MODEL,
          "The model's folder '"
              + name
              + "' cannot be used:"
              + files.problems().stream()
                  .map(problem -> "\n  - " + problem)
                  .collect(Collectors.joining()));
    }
    return new Model(name, ModelDigest.ofGraph(graph, weights), graph, null, graphFile.getParent());
  }

  private @Nullable Path findGraph() {
    for (String candidate : GRAPH_FILES) {
      Path file = folder.resolve(candidate);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    return null;
  }

  private String whyNoGraph() {
    String others = otherGraphs();
    return "has neither onnx/model.onnx nor model.onnx. "
        + (others.isEmpty()
            ? "Export the model to ONNX, for example with optimum-cli export onnx."
            : "It has " + others + ": give the one to use the name model.onnx.");
  }

  private String otherGraphs() {
    List<String> found = new ArrayList<>();
    for (Path place : List.of(folder, folder.resolve("onnx"))) {
      if (Files.isDirectory(place)) {
        try (Stream<Path> entries = Files.list(place)) {
          entries
              .filter(file -> file.toString().endsWith(".onnx"))
              .map(file -> folder.relativize(file).toString())
              .sorted()
              .forEach(found::add);
        } catch (IOException unreadable) {
          files.problem(place, "cannot be listed: " + unreadable);
        }
      }
    }
    return String.join(", ", found);
  }

  /** The files of weights beside the graph, all of which are there unless a problem was noted. */
  private List<Path> checkGraph(Path graphFile, byte[] bytes) {
    ModelProto model;
    try {
      CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
      // The tensors then lie in the array that was read, and are not copied only to be looked at.
      in.enableAliasing(true);
      model = ModelProto.parseFrom(in);
    } catch (IOException malformed) {
      files.problem(
          graphFile,
          "is not an ONNX model ("
              + bytes.length
              + " bytes that are no protobuf: "
              + malformed.getMessage()
              + "). Export or download it again; a file of about 130 bytes is a pointer of Git LFS,"
              + " which git lfs pull replaces.");
      return List.of();
    }
    if (!model.hasGraph() || model.getGraph().getNodeCount() == 0) {
      files.problem(
          graphFile,
          "is not an ONNX model ("
              + bytes.length
              + " bytes without a graph). Export or download it again.");
      return List.of();
    }
    List<Path> weights = new ArrayList<>();
    Path place = graphFile.toAbsolutePath().normalize().getParent();
    for (String location : ExternalWeights.of(model.getGraph())) {
      Path file = place == null ? Path.of(location) : place.resolve(location).normalize();
      if (place == null || !file.startsWith(place)) {
        files.problem(
            graphFile,
            "points at weights outside its own folder: '"
                + location
                + "'. Lay them beside the graph and export it again.");
      } else if (!Files.isRegularFile(file)) {
        files.problem(
            graphFile.resolveSibling(location),
            "is missing. The graph keeps weights in it: download it, too.");
      } else {
        weights.add(file);
      }
    }
    return weights;
  }

  private @Nullable JsonNode readConfig() {
    Path file = folder.resolve("config.json");
    byte[] bytes = files.required(file, "the model's settings, as Hugging Face has it");
    return bytes == null ? null : files.parse(file, bytes);
  }

  private byte @Nullable [] readTokenizer() {
    Path file = folder.resolve("tokenizer.json");
    byte[] bytes = files.required(file, "the Hugging Face tokenizer; save_pretrained writes it");
    if (bytes == null) {
      return null;
    }
    JsonNode json = files.parse(file, bytes);
    if (json != null && !json.path("model").isObject()) {
      files.problem(
          file,
          "is not a Hugging Face tokenizer: it has no object 'model'. Save the tokenizer again with"
              + " save_pretrained of a fast tokenizer.");
    }
    return bytes;
  }
}
