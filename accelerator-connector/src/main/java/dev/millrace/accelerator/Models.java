package dev.millrace.accelerator;

import dev.millrace.accelerator.AcceleratorException.Category;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * Finds models by built-in name or by folder.
 *
 * <p>A folder is laid out as Hugging Face exports it: {@code onnx/model.onnx} or {@code
 * model.onnx}, {@code tokenizer.json} and {@code config.json}. A model that runs at a server needs
 * no graph here. What the files of sentence-transformers say is obeyed where they are there: {@code
 * modules.json} (pooling and whether the vector is normalised), {@code 1_Pooling/config.json} (how
 * tokens are pooled) and {@code sentence_bert_config.json} (after how many tokens a text is cut).
 * Where they are not, the defaults are those of sentence-transformers: the mean over the tokens,
 * not normalised, and as many tokens as {@code config.json} and {@code tokenizer_config.json} say
 * that the model takes.
 */
public final class Models {

  /** What a folder must hold, for messages. */
  static final String LAYOUT =
      "onnx/model.onnx or model.onnx, tokenizer.json, config.json, and from sentence-transformers,"
          + " where there are any, modules.json, 1_Pooling/config.json and"
          + " sentence_bert_config.json";

  private Models() {}

  /**
   * Reads a model.
   *
   * @param nameOrFolder a built-in name, {@code minilm}, or a folder in Hugging Face's layout
   * @throws AcceleratorException of category MODEL that names all that is missing or wrong
   */
  public static Model resolve(String nameOrFolder) {
    if (nameOrFolder.equals(BuiltInModel.MINILM)) {
      return BuiltInModel.minilm();
    }
    Path path;
    try {
      path = Path.of(nameOrFolder);
    } catch (InvalidPathException noPath) {
      throw unknown(nameOrFolder, "");
    }
    if (nameOrFolder.isBlank() || !Files.exists(path)) {
      throw unknown(nameOrFolder, "");
    }
    if (!Files.isDirectory(path)) {
      throw unknown(nameOrFolder, " It is a file: give the folder that the model lies in.");
    }
    return KnownFolders.get(nameOrFolder, path, new ModelFolder(nameOrFolder, path)::read);
  }

  /**
   * A model that generates texts at a server.
   *
   * @param name what the server calls it, for example {@code Qwen/Qwen3-8B}
   * @param generator how it is asked
   */
  public static Model generating(String name, Generator generator) {
    return new Model(name, generator);
  }

  /**
   * A model that is used as it is, by the names of its tensors.
   *
   * @param nameOrFolder a folder with {@code onnx/model.onnx} or {@code model.onnx}, of which
   *     nothing else is read; or, where there is no such folder, what a server calls the model
   * @throws AcceleratorException of category MODEL that names all that is wrong with the folder
   */
  public static Model raw(String nameOrFolder) {
    try {
      Path path = Path.of(nameOrFolder);
      if (!nameOrFolder.isBlank() && Files.isDirectory(path)) {
        return KnownFolders.get(
            "raw " + nameOrFolder, path, new ModelFolder(nameOrFolder, path)::readRaw);
      }
    } catch (InvalidPathException noPath) {
      // Then it is a name.
    }
    return new Model(
        nameOrFolder,
        ModelDigest.of(List.of("raw 1", nameOrFolder)),
        null,
        "there is no such folder, so it is a name at a server. Give the folder that model.onnx"
            + " lies in.",
        null);
  }

  private static AcceleratorException unknown(String name, String hint) {
    return new AcceleratorException(
        Category.MODEL,
        "'"
            + name
            + "' is no model: it is neither a built-in name, which is "
            + BuiltInModel.MINILM
            + ", nor a folder."
            + hint
            + " A model's folder is laid out as Hugging Face exports it: "
            + LAYOUT
            + ".");
  }
}
