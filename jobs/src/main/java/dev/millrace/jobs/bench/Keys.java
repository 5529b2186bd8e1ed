package dev.millrace.jobs.bench;

import dev.millrace.operators.InferenceOptions;

/** The options that this build's operators read. */
final class Keys {

  private Keys() {}

  static boolean known(String key) {
    return InferenceOptions.ALL.stream().anyMatch(option -> option.key().equals(key));
  }
}
