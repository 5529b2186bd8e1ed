package dev.millrace.jobs.lookup;

import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** The options of a look-up. */
public final class LookupOptions {

  public static final ConfigOption<String> SERVE =
      ConfigOptions.key("serve")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Serves people's latest feeds over HTTP, and a page that shows them: a port of this"
                  + " machine only, such as 8080 (0 takes a free one), or HOST:PORT. Whoever"
                  + " reaches it is not asked who they are. A run in this process then stays until"
                  + " it is stopped; a job on a cluster serves for as long as it runs.");

  public static final ConfigOption<Integer> SERVE_PEOPLE =
      ConfigOptions.key("serve-people")
          .intType()
          .defaultValue(100_000)
          .withDescription(
              "How many people --serve keeps, each up to 3 KB. Whoever was not heard of for longest"
                  + " goes.");

  public static final ConfigOption<Duration> SERVE_AFTER_END =
      ConfigOptions.key("serve-after-end")
          .durationType()
          .noDefaultValue()
          .withDescription(
              "How long a run in this process stays with --serve after its rows have ended. Without"
                  + " it, until it is stopped.");

  /** All of them, in the order in which help lists them. */
  public static final List<ConfigOption<?>> ALL = List.of(SERVE, SERVE_PEOPLE, SERVE_AFTER_END);

  private LookupOptions() {}
}
