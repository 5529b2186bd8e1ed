package dev.millrace.accelerator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The files of one folder, and the problems met while they were read. */
final class FolderFiles {

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private final Path folder;
  private final List<String> problems = new ArrayList<>();

  FolderFiles(Path folder) {
    this.folder = folder;
  }

  Path folder() {
    return folder;
  }

  List<String> problems() {
    return problems;
  }

  void problem(Path file, String text) {
    problems.add(file + " " + text);
  }

  /** The file's bytes; null, and a problem, if it cannot be read. */
  byte @Nullable [] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException | OutOfMemoryError unreadable) {
      problem(file, "cannot be read: " + unreadable);
      return null;
    }
  }

  /** The file's bytes; null, and a problem, if it is not there. */
  byte @Nullable [] required(Path file, String whatItIs) {
    if (!Files.isRegularFile(file)) {
      problem(file, "is missing. It is " + whatItIs + ".");
      return null;
    }
    return bytes(file);
  }

  /** The JSON in a file that may be missing; null if it is, or if it is not JSON. */
  @Nullable JsonNode optionalJson(Path file) {
    if (!Files.exists(file)) {
      return null;
    }
    byte[] bytes = bytes(file);
    return bytes == null ? null : parse(file, bytes);
  }

  /** The JSON object or array in those bytes; null, and a problem, if they are none. */
  @Nullable JsonNode parse(Path file, byte[] bytes) {
    try {
      JsonNode json = JSON.readTree(bytes);
      if (json.isContainerNode()) {
        return json;
      }
      problem(
          file,
          bytes.length == 0
              ? "is empty. Download or export it again."
              : "is not a JSON object. Download or export it again.");
    } catch (JsonProcessingException malformed) {
      problem(
          file,
          "is not JSON: "
              + malformed.getOriginalMessage()
              + (malformed.getLocation() == null
                  ? ""
                  : " (line "
                      + malformed.getLocation().getLineNr()
                      + ", column "
                      + malformed.getLocation().getColumnNr()
                      + ")")
              + ". Download or export it again.");
    } catch (IOException impossible) {
      problem(file, "cannot be read: " + impossible);
    }
    return null;
  }
}
