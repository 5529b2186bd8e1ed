package dev.millrace.accelerator.onnx;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What of this machine's processor decides how a graph is best written. */
final class Processor {

  private static final Set<String> X86 = Set.of("amd64", "x86_64");
  private static final Set<String> DOT_PRODUCTS = Set.of("avx512_vnni", "avx_vnni");
  private static final Path DESCRIPTION = Path.of("/proc/cpuinfo");

  private Processor() {}

  /**
   * Whether products of unsigned with signed bytes come out wrong where they are large. An x86
   * processor without VNNI has one instruction for two such products and their sum, {@code
   * VPMADDUBSW}, and cuts the sum off at 16 bits. The runtime multiplies unsigned with unsigned
   * bytes by other instructions, which do not. Where it cannot be found out the answer is yes.
   */
  static boolean saturatesMixedBytes() {
    return X86.contains(System.getProperty("os.arch", ""))
        && features().stream().noneMatch(DOT_PRODUCTS::contains);
  }

  private static Set<String> features() {
    try (Stream<String> lines = Files.lines(DESCRIPTION)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .limit(1)
          .flatMap(line -> Stream.of(line.split("\\s+")))
          .collect(Collectors.toSet());
    } catch (IOException noLinux) {
      return Set.of();
    }
  }
}
