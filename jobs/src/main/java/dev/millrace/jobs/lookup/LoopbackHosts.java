package dev.millrace.jobs.lookup;

import io.netty.util.NetUtil;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The names under which a look-up of this machine only may be asked. A page of somebody else's can
 * have its own name lead to this machine, and would then read what is served here; its requests
 * carry that name.
 */
final class LoopbackHosts {

  private final String own;

  /**
   * @param own the host at which the look-up listens, as the user wrote it
   */
  LoopbackHosts(String own) {
    this.own = own;
  }

  /** Whether a request with this header may be answered. */
  boolean allow(@Nullable String header) {
    if (header == null) {
      return false;
    }
    String host = header.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
    String bare = host.replaceAll("^\\[|]$", "");
    return host.equals("localhost")
        || bare.equalsIgnoreCase(own)
        || (bare.startsWith("127.") && NetUtil.isValidIpV4Address(bare))
        || bare.equals("::1");
  }
}
