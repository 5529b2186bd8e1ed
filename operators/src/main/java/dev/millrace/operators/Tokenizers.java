package dev.millrace.operators;

import dev.millrace.accelerator.Model;
import java.lang.ref.SoftReference;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Picks the tokenizer for a model by what its {@code tokenizer.json} says. */
final class Tokenizers {

  private static final Logger LOG = LoggerFactory.getLogger(Tokenizers.class);

  /** By the model's digest. A vocabulary takes megabytes and does not change: subtasks share it. */
  private static final Map<String, SoftReference<WordPieceFile>> READ = new HashMap<>();

  private Tokenizers() {}

  /**
   * Opens a model's tokenizer: the one of this module where the file describes WordPiece as the
   * BERT family uses it, otherwise Hugging Face's library. Both give the same ids.
   */
  static Tokenizer of(Model model) {
    return of(model, InferenceTask.EMBEDDING);
  }

  /**
   * The same for a task, which may be on pairs of texts.
   *
   * @throws dev.millrace.accelerator.AcceleratorException of category MODEL if neither can read it
   */
  static Tokenizer of(Model model, InferenceTask task) {
    try {
      WordPieceFile file = read(model);
      if (task.readsPairs() && file.pair() == null) {
        throw new UnsupportedTokenizerException("its template for two texts is not BERT's");
      }
      return new WordPieceTokenizer(file);
    } catch (UnsupportedTokenizerException reason) {
      LOG.info(
          "The model '{}' is tokenised by Hugging Face's library: {}.",
          model.name(),
          reason.getMessage());
      return new HuggingFaceLibraryTokenizer(model);
    }
  }

  private static WordPieceFile read(Model model) throws UnsupportedTokenizerException {
    synchronized (READ) {
      SoftReference<WordPieceFile> known = READ.get(model.digest());
      WordPieceFile file = known == null ? null : known.get();
      if (file == null) {
        file = WordPieceFile.read(model.tokenizerJson(), model.text().maxTokens());
        READ.put(model.digest(), new SoftReference<>(file));
      }
      return file;
    }
  }
}
