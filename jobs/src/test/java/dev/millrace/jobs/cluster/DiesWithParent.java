package dev.millrace.jobs.cluster;

import java.util.Arrays;

/**
 * Runs another class's {@code main}, and ends when the process that started it is gone, however it
 * went. It goes to the child in a jar of its own, so it uses nothing but the JDK.
 */
public final class DiesWithParent {

  private DiesWithParent() {}

  /**
   * Runs it.
   *
   * @param args the parent's process id, the class, and the arguments for it
   */
  public static void main(String[] args) throws Exception {
    var unused =
        ProcessHandle.of(Long.parseLong(args[0]))
            .orElseThrow()
            .onExit()
            .thenRun(() -> Runtime.getRuntime().halt(1));
    Class.forName(args[1])
        .getMethod("main", String[].class)
        .invoke(null, (Object) Arrays.copyOfRange(args, 2, args.length));
  }
}
