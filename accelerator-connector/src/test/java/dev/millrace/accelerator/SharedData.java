package dev.millrace.accelerator;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Real data that lies beside a checkout, for the tests of every module. */
public final class SharedData {

  private SharedData() {}

  /**
   * The folder with nine months of real transactions. Where it is not, the test that asks skips
   * itself aloud.
   */
  public static Path onlineRetail() {
    return find("online-retail");
  }

  /** The file with real reviews. Where it is not, the test that asks skips itself aloud. */
  public static Path reviews() {
    return find("reviews").resolve("clothing-reviews.csv.gz");
  }

  private static Path find(String name) {
    String given = System.getProperty("millrace.shared");
    Path data = Path.of("data", name);
    for (Path place = Path.of("").toAbsolutePath(); place != null; place = place.getParent()) {
      Path folder = (given == null ? place.resolve("shared") : Path.of(given)).resolve(data);
      if (Files.isDirectory(folder)) {
        return folder;
      }
    }
    return Assumptions.abort(
        "SKIPPED: there is no folder shared/data/"
            + name
            + " beside the checkout. Point -Dmillrace.shared at the folder that holds data/"
            + name
            + ".");
  }
}
