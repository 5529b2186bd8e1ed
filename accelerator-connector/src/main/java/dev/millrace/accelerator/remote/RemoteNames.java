package dev.millrace.accelerator.remote;

import dev.millrace.accelerator.Model;
import java.nio.file.Path;

/** What a model is called at a server that was not told. */
public final class RemoteNames {

  private RemoteNames() {}

  /** The last part of a model's name: {@code bge-m3} for {@code /models/bge-m3}. */
  public static String of(Model model) {
    Path last = Path.of(model.name()).normalize().getFileName();
    return last == null ? model.name() : last.toString();
  }
}
