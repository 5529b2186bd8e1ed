package dev.millrace.jobs.sql;

import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** The options of {@code millrace sql}. */
public final class SqlOptions {

  public static final ConfigOption<String> SET =
      ConfigOptions.key("set")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "NAME=VALUE: what stands for ${NAME} in the script. May be given several times. With"
                  + " ${NAME:-VALUE} the script says itself what stands there without it.");

  /** All of them, in the order in which help lists them. */
  public static final List<ConfigOption<?>> ALL = List.of(SET);

  private SqlOptions() {}
}
