package dev.millrace.jobs.lookup;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** The files of the page, which are in the jar. */
enum Page {
  HTML("/", "page.html", "text/html; charset=utf-8"),
  STYLE("/page.css", "page.css", "text/css; charset=utf-8"),
  SCRIPT("/page.js", "page.js", "text/javascript; charset=utf-8"),
  ICON("/icon.svg", "icon.svg", "image/svg+xml");

  private final String path;
  final String type;

  @SuppressWarnings("ImmutableEnumChecker") // Whoever asks gets a copy.
  private final byte[] bytes;

  Page(String path, String file, String type) {
    this.path = path;
    this.type = type;
    try (InputStream found = Page.class.getResourceAsStream(file)) {
      if (found == null) {
        throw new IllegalStateException("The file " + file + " of the page is not in the jar.");
      }
      this.bytes = found.readAllBytes();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** A copy of its bytes. */
  byte[] bytes() {
    return bytes.clone();
  }

  /** The file at a path, or null. */
  static @Nullable Page at(String path) {
    for (Page page : values()) {
      if (page.path.equals(path)) {
        return page;
      }
    }
    return null;
  }
}
