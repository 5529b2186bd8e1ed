package dev.millrace.jobs.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A row of the table.
 *
 * @param name short and stable, for scripts
 * @param what for people
 * @param samples what was measured, or null if it could not be
 * @param reference what it is held against, or null if the requirement is of the value itself
 * @param trouble why it could not be measured, or null
 */
record Row(
    String name,
    String what,
    String unit,
    @Nullable Samples samples,
    @Nullable Reference reference,
    Requirement requirement,
    @Nullable String trouble) {

  /** What a row is held against. */
  record Reference(String name, Samples samples) {}

  static Row absolute(
      String name, String what, String unit, Samples samples, Requirement requirement) {
    return new Row(name, what, unit, samples, null, requirement, null);
  }

  static Row against(
      String name,
      String what,
      String unit,
      Samples samples,
      Reference reference,
      Requirement requirement) {
    return new Row(name, what, unit, samples, reference, requirement, null);
  }

  static Row notMeasured(String name, String what, Requirement requirement, String trouble) {
    return new Row(name, what, "", null, null, requirement, trouble);
  }

  @Nullable Double median() {
    return samples == null ? null : samples.median();
  }

  @Nullable Double ratio() {
    return samples == null || reference == null ? null : samples.ratioTo(reference.samples());
  }

  /** Whether the row reaches what it has to. One that was not measured does not. */
  boolean met() {
    if (samples == null) {
      return false;
    }
    return requirement.isMetBy(
        reference == null ? samples.median() : samples.ratioTo(reference.samples()));
  }

  /** The fields that scripts read, in order. */
  Map<String, @Nullable Object> fields() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", name);
    fields.put("unit", unit);
    fields.put("median", rounded(median()));
    fields.put("spread", samples == null ? null : rounded(samples.spread()));
    fields.put("reference_name", reference == null ? null : reference.name());
    fields.put(
        "reference_median", reference == null ? null : rounded(reference.samples().median()));
    fields.put("ratio", rounded(ratio()));
    fields.put("required", requirement.bound());
    fields.put("met", met());
    return fields;
  }

  /** Five digits: the rest is noise. */
  private static @Nullable Double rounded(@Nullable Double value) {
    if (value == null || !Double.isFinite(value)) {
      return null;
    }
    return new java.math.BigDecimal(value, new java.math.MathContext(5)).doubleValue();
  }
}
