package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.lookup.LookupAddress;
import dev.millrace.jobs.lookup.LookupOptions;
import dev.millrace.jobs.lookup.LookupSettings;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** What a user wants of the look-up. */
final class LookupChoice {

  private static final int MOST_PEOPLE = 10_000_000;

  private LookupChoice() {}

  /** The look-up, or null: none is wanted, or there are problems, which are added. */
  static @Nullable LookupSettings choose(
      Configuration values, Map<String, String> given, Problems problems, List<String> notes) {
    String where = values.get(LookupOptions.SERVE);
    if (where == null) {
      for (ConfigOption<?> idle : LookupOptions.ALL) {
        if (given.containsKey(idle.key())) {
          notes.add("--" + idle.key() + " has no effect without --serve.");
        }
      }
      return null;
    }
    int people = values.get(LookupOptions.SERVE_PEOPLE);
    if (people < 1 || people > MOST_PEOPLE) {
      problems.add(
          LookupOptions.SERVE_PEOPLE.key(), people, "it must be from 1 to " + MOST_PEOPLE + ".");
    }
    LookupAddress address;
    try {
      address = LookupAddress.parse(where);
    } catch (IllegalArgumentException noAddress) {
      problems.add(LookupOptions.SERVE.key(), where, String.valueOf(noAddress.getMessage()));
      return null;
    }
    if (!address.loopback()) {
      notes.add(
          "--serve "
              + address
              + " is open to whoever reaches that address: everybody's history and feed, without a"
              + " password and without TLS.");
    }
    return new LookupSettings(UUID.randomUUID().toString(), address, people);
  }
}
