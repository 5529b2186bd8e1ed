package dev.millrace.pipelines.recommend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which numbers a sequence model has for items. */
final class ItemVocabulary {
  /** What is no item that the model knows. */
  static final long PADDING = 0;

  private final Map<String, Long> ids;

  private ItemVocabulary(Map<String, Long> ids) {
    this.ids = ids;
  }

  /**
   * Reads a file with one item a line; the first line's number is 1.
   *
   * @throws IllegalArgumentException that says what is wrong with it
   */
  static ItemVocabulary read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException unreadable) {
      throw new IllegalArgumentException(
          "'" + file + "' cannot be read as lines of UTF-8: " + unreadable, unreadable);
    }
    Map<String, Long> ids = new HashMap<>();
    for (int line = 0; line < lines.size(); line++) {
      String itemId = lines.get(line).strip();
      long id = line + 1L;
      if (itemId.isEmpty() || ids.putIfAbsent(itemId, id) != null) {
        throw new IllegalArgumentException(
            "'"
                + file
                + "', line "
                + id
                + ", "
                + (itemId.isEmpty()
                    ? "is blank"
                    : "has the item '" + itemId + "' of line " + ids.get(itemId) + " again")
                + ". Each line is one item's id, as in the interactions, and the line's number is"
                + " what the model calls it.");
      }
    }
    if (ids.isEmpty()) {
      throw new IllegalArgumentException(
          "'" + file + "' is empty. Write the id of each item that the model knows, one a line.");
    }
    return new ItemVocabulary(ids);
  }

  /** An item's number from 1; {@link #PADDING} where the model does not know the item. */
  long idOf(String itemId) {
    return ids.getOrDefault(itemId, PADDING);
  }
}
