package dev.millrace.jobs.bench;

import dev.millrace.operators.InferenceOptions;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** The ways in which Millrace runs the two models. */
enum Variant {
  /** The embedded model as users get it: made to quantise by row, and batched. */
  PREPARED("prepared", "the embedded model, prepared", false, "graph-preparation", "auto"),
  /** The embedded model as it was published: each row alone. */
  AS_SHIPPED(
      "as-shipped",
      "the embedded model as shipped, rows alone",
      false,
      "graph-preparation",
      Variant.UNPREPARED),
  FP32("fp32", "the fp32 model", true, "precision", Variant.OF_THE_MODEL),
  FP32_AS_INT8("fp32-as-int8", "the fp32 model prepared as int8", true, "precision", "int8");

  private static final String UNPREPARED = "as-shipped";
  private static final String OF_THE_MODEL = "model";

  private final String id;
  private final String text;
  private final boolean ofFp32;
  private final String option;
  private final String value;

  Variant(String id, String text, boolean ofFp32, String option, String value) {
    this.id = id;
    this.text = text;
    this.ofFp32 = ofFp32;
    this.option = option;
    this.value = value;
  }

  /** How rows are called after it. */
  String id() {
    return id;
  }

  /** For people. */
  String text() {
    return text;
  }

  boolean ofFp32() {
    return ofFp32;
  }

  /**
   * The options of a job that runs it, without a cache.
   *
   * @param fp32 the fp32 model's folder
   */
  Configuration options(String fp32) {
    Configuration config = new Configuration();
    config.setString(InferenceOptions.MODEL.key(), ofFp32 ? fp32 : "minilm");
    config.setString("cache-size", "0 b");
    config.setString(option, value);
    return config;
  }

  /**
   * Why this build cannot run it, or null if it can. A build without the option prepares nothing.
   */
  @Nullable String missing() {
    boolean prepared = !value.equals(UNPREPARED) && !value.equals(OF_THE_MODEL);
    return prepared && !Keys.known(option) ? "this build has no option '" + option + "'." : null;
  }
}
