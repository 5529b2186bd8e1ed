package dev.millrace.jobs.feed;

import dev.millrace.jobs.cluster.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The command as a user runs it: the distribution, in a process of its own. */
final class MillraceProcess {

  private MillraceProcess() {}

  /**
   * @param said the file that what it says is written to
   */
  static ChildJvm start(Path said, String... args) throws IOException {
    return start(said, List.of(), Map.of(), args);
  }

  /**
   * @param launcher as {@link ChildJvm#start} has it
   */
  static ChildJvm start(
      Path said, List<String> launcher, Map<String, String> environment, String... args)
      throws IOException {
    Path distribution = Path.of("target", "millrace").toAbsolutePath();
    List<String> flags = new ArrayList<>();
    for (String line : Files.readAllLines(distribution.resolve("conf").resolve("jvm.options"))) {
      flags.addAll(Arrays.asList(line.strip().split(" +")));
    }
    // None lives long enough for a better compiler to pay.
    flags.add("-XX:TieredStopAtLevel=1");
    flags.add("-Dlog4j2.configurationFile=" + distribution.resolve("conf/log4j2.properties"));
    List<String> command = new ArrayList<>(List.of("dev.millrace.jobs.Millrace"));
    command.addAll(Arrays.asList(args));
    return ChildJvm.start(
        "millrace",
        said,
        launcher,
        flags,
        List.of(distribution.resolve("lib") + "/*"),
        command,
        environment);
  }
}
