package dev.millrace.accelerator.oip;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.oip.proto.ModelMetadataResponse;
import dev.millrace.accelerator.oip.proto.ModelMetadataResponse.TensorMetadata;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server's model as far as its task needs it, found in its metadata and checked.
 *
 * @param inputs that it reads, in its order
 * @param output that is read
 * @param metadata what of it tells one model from another, for its digest
 */
record OipModel(List<Input> inputs, Output output, List<String> metadata) {

  private static final List<String> POOLED =
      List.of("sentence_embedding", "embedding", "embeddings");
  private static final List<String> BY_TOKEN = List.of("last_hidden_state", "token_embeddings");
  private static final List<String> SCORES = List.of("logits");
  private static final String NEEDED =
      "Needed are the inputs input_ids and attention_mask, and token_type_ids if it has them, INT64"
          + " or INT32 [rows, tokens], and an output of FP32, FP16 or BF16: ";

  private static final long FREE = -1;

  /**
   * An input.
   *
   * @param narrow whether it is INT32 and not INT64
   */
  record Input(String name, boolean narrow) {

    /** Bytes of one number. */
    int bytes() {
      return narrow ? Integer.BYTES : Long.BYTES;
    }
  }

  /**
   * The output.
   *
   * @param byToken whether it has numbers for each token
   * @param dimensions of a vector; -1 if the metadata leaves it open
   */
  record Output(String name, FloatType type, boolean byToken, int dimensions) {}

  /**
   * Checks what a server says of its model.
   *
   * @param server what messages call it
   * @param wanted the output to read; null for the one that looks like the task's
   * @param task what the model is for
   * @throws AcceleratorException of category CONFIGURATION that shows what is there and what is
   *     needed
   */
  static OipModel of(
      String server, ModelMetadataResponse metadata, @Nullable String wanted, ModelTask task) {
    List<String> problems = new ArrayList<>();
    List<Input> inputs = new ArrayList<>();
    for (TensorMetadata tensor : metadata.getInputsList()) {
      switch (tensor.getName()) {
        case TextColumns.INPUT_IDS, TextColumns.ATTENTION_MASK, TextColumns.TOKEN_TYPE_IDS -> {
          if (!tensor.getDatatype().equals("INT64") && !tensor.getDatatype().equals("INT32")) {
            problems.add(tensor.getName() + " is " + tensor.getDatatype());
          }
          if (tensor.getShapeCount() != 0 && tensor.getShapeCount() != 2) {
            problems.add(tensor.getName() + " has " + tensor.getShapeCount() + " dimensions");
          }
          if (tensor.getShapeList().stream().anyMatch(dimension -> dimension != FREE)) {
            problems.add(tensor.getName() + " leaves rows or tokens no choice");
          }
          inputs.add(new Input(tensor.getName(), tensor.getDatatype().equals("INT32")));
        }
        default -> problems.add("it reads " + tensor.getName() + ", too");
      }
    }
    for (String needed : List.of(TextColumns.INPUT_IDS, TextColumns.ATTENTION_MASK)) {
      if (inputs.stream().noneMatch(input -> input.name().equals(needed))) {
        problems.add(needed + " is not among its inputs");
      }
    }
    Output output = output(metadata, wanted, task);
    if (output == null) {
      problems.add(
          wanted == null
              ? "none of its outputs is " + what(task)
              : "it has no output " + wanted + " that can be " + what(task));
    }
    if (output == null || !problems.isEmpty()) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          server
              + verb(task)
              + String.join("; ", problems)
              + ". It reads "
              + describe(metadata.getInputsList())
              + " and gives "
              + describe(metadata.getOutputsList())
              + ". "
              + NEEDED
              + needed(task));
    }
    return new OipModel(List.copyOf(inputs), output, parts(metadata, output));
  }

  private static String what(ModelTask task) {
    return task == ModelTask.EMBEDDING ? "an embedding" : "a classifier's";
  }

  private static String verb(ModelTask task) {
    return switch (task) {
      case EMBEDDING -> " cannot embed texts: ";
      case TOKEN_CLASSIFICATION -> " cannot classify tokens: ";
      default -> " cannot classify texts: ";
    };
  }

  private static String needed(ModelTask task) {
    return switch (task) {
      case EMBEDDING ->
          "a vector for each row [rows, dimensions], such as sentence_embedding, or one"
              + " for each token [rows, tokens, dimensions], such as last_hidden_state.";
      case TOKEN_CLASSIFICATION ->
          "numbers for each token [rows, tokens, labels], such as logits, before any activation.";
      default -> "numbers for each row [rows, labels], such as logits, before any activation.";
    };
  }

  private static boolean mayHaveRank(ModelTask task, int rank) {
    return switch (task) {
      case EMBEDDING -> rank == 2 || rank == 3;
      case TOKEN_CLASSIFICATION -> rank == 3;
      default -> rank == 2;
    };
  }

  private static @Nullable Output output(
      ModelMetadataResponse metadata, @Nullable String wanted, ModelTask task) {
    boolean embeds = task == ModelTask.EMBEDDING;
    List<TensorMetadata> candidates =
        metadata.getOutputsList().stream()
            .filter(
                tensor ->
                    FloatType.of(tensor.getDatatype()) != null
                        && mayHaveRank(task, tensor.getShapeCount()))
            .toList();
    if (wanted != null) {
      return candidates.stream()
          .filter(tensor -> tensor.getName().equals(wanted))
          .findFirst()
          .map(OipModel::asOutput)
          .orElse(null);
    }
    for (List<String> names : embeds ? List.of(POOLED, BY_TOKEN) : List.of(SCORES)) {
      for (String name : names) {
        for (TensorMetadata tensor : candidates) {
          if (tensor.getName().equals(name)) {
            return asOutput(tensor);
          }
        }
      }
    }
    return metadata.getOutputsCount() == 1 && candidates.size() == 1
        ? asOutput(candidates.get(0))
        : null;
  }

  private static @Nullable Output asOutput(TensorMetadata tensor) {
    FloatType type = FloatType.of(tensor.getDatatype());
    long last = tensor.getShape(tensor.getShapeCount() - 1);
    return type == null
        ? null
        : new Output(
            tensor.getName(),
            type,
            tensor.getShapeCount() == 3,
            last > 0 && last <= Integer.MAX_VALUE ? (int) last : (int) FREE);
  }

  private static String describe(List<TensorMetadata> tensors) {
    return tensors.stream()
        .map(
            tensor ->
                tensor.getName()
                    + " "
                    + tensor.getDatatype()
                    + tensor.getShapeList().stream()
                        .map(d -> d == FREE ? "?" : d.toString())
                        .toList())
        .toList()
        .toString();
  }

  private static List<String> parts(ModelMetadataResponse metadata, Output output) {
    List<String> parts = new ArrayList<>();
    parts.add(metadata.getName());
    parts.add(metadata.getPlatform());
    parts.addAll(metadata.getVersionsList());
    parts.add(describe(metadata.getInputsList()));
    parts.add(describe(metadata.getOutputsList()));
    parts.add(output.name());
    return List.copyOf(parts);
  }

  boolean reads(String input) {
    return inputs.stream().anyMatch(one -> one.name().equals(input));
  }
}
