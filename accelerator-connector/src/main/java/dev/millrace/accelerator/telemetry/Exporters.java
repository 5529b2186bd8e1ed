package dev.millrace.accelerator.telemetry;

import dev.millrace.accelerator.DeviceReading;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the exporters of NVIDIA (DCGM), Huawei Ascend (npu-exporter), MetaX (mx-exporter) and
 * Cambricon (mlu-exporter) call what, and in which units. Their names do not overlap, so that which
 * exporter it is need not be said.
 */
final class Exporters {

  /**
   * Errors of DCGM's {@code DCGM_FI_DEV_XID_ERRORS} after which a card does not go on by itself:
   * double-bit errors, rows that could not be remapped, fallen off the bus, contained and
   * uncontained errors, the card's own processor (docs.nvidia.com/deploy/xid-errors). It tells the
   * last one that there was, which for most others is a program's.
   */
  private static final Set<Long> FATAL_XIDS = Set.of(48L, 64L, 79L, 95L, 119L, 120L);

  private static final double MEBIBYTE = 1 << 20;

  private final List<Sample> samples;

  private Exporters(List<Sample> samples) {
    this.samples = samples;
  }

  /** What the samples of one device tell. */
  static DeviceReading read(List<Sample> samples) {
    Exporters all = new Exporters(samples);
    return new DeviceReading(
        all.celsius(),
        all.watts(),
        all.utilisation(),
        bytes(all.most("DCGM_FI_DEV_FB_USED", "npu_chip_info_hbm_used_memory")),
        bytes(all.most("npu_chip_info_hbm_total_memory")),
        all.throttled(),
        all.memoryErrors(),
        all.healthy(),
        all.linked());
  }

  private @Nullable Double celsius() {
    return all(
        most(
            "DCGM_FI_DEV_GPU_TEMP",
            "DCGM_FI_DEV_MEMORY_TEMP",
            "npu_chip_info_temperature",
            "npu_chip_info_hbm_temperature",
            "mx_chip_hotspot_temp",
            "mx_chip_hbm_temp",
            "temperature",
            "chip_temperature",
            "memory_temperature",
            "mlu_temperature",
            "mlu_chip_temperature",
            "mlu_memory_temperature"));
  }

  private @Nullable Double watts() {
    OptionalDouble milliwatts = most("mx_board_power");
    return milliwatts.isPresent()
        ? Double.valueOf(milliwatts.getAsDouble() / 1000)
        : all(
            most(
                "DCGM_FI_DEV_POWER_USAGE",
                "npu_chip_info_power",
                "power_usage",
                "mlu_power_usage"));
  }

  private @Nullable Double utilisation() {
    OptionalDouble percent =
        most("DCGM_FI_DEV_GPU_UTIL", "npu_chip_info_utilization", "mx_gpu_usage");
    return percent.isPresent() ? Double.valueOf(percent.getAsDouble() / 100) : null;
  }

  private @Nullable Boolean throttled() {
    OptionalDouble reasons =
        most("DCGM_FI_DEV_CLOCK_THROTTLE_REASONS", "DCGM_FI_DEV_CLOCKS_EVENT_REASONS");
    if (reasons.isPresent()) {
      return ClockReasons.throttle((long) reasons.getAsDouble());
    }
    return isOn(most("mx_clk_thr", "thermal_slow_down", "mlu_thermal_slow_down"));
  }

  private @Nullable Long memoryErrors() {
    return count(
        sample ->
            sample.name().equals("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL")
                || (sample.name().startsWith("npu_chip_info_hbm_ecc")
                    && sample.name().contains("double"))
                || (sample.name().startsWith("mx_ecc_error_count")
                    && sample.labels().values().stream().anyMatch(label -> label.endsWith("_ue")))
                || (isMlu(sample, "ecc_") && sample.name().contains("uncorrected")));
  }

  private @Nullable Boolean healthy() {
    OptionalDouble xid = most("DCGM_FI_DEV_XID_ERRORS");
    if (xid.isPresent()) {
      return !FATAL_XIDS.contains((long) xid.getAsDouble());
    }
    return isOn(least("npu_chip_info_health_status", "mx_gpu_state", "health", "mlu_health"));
  }

  private @Nullable Boolean linked() {
    return isOn(least("npu_chip_info_network_status", "mlulink_status", "mlu_mlulink_status"));
  }

  private static boolean isMlu(Sample sample, String name) {
    return sample.name().startsWith(name) || sample.name().startsWith("mlu_" + name);
  }

  private OptionalDouble most(String... names) {
    return values(names).max();
  }

  private OptionalDouble least(String... names) {
    return values(names).min();
  }

  private java.util.stream.DoubleStream values(String... names) {
    Set<String> wanted = Set.of(names);
    return samples.stream()
        .filter(sample -> wanted.contains(sample.name()) && Double.isFinite(sample.value()))
        .mapToDouble(Sample::value);
  }

  private @Nullable Long count(Predicate<Sample> which) {
    List<Sample> found = samples.stream().filter(which).toList();
    return found.isEmpty() ? null : (long) found.stream().mapToDouble(Sample::value).sum();
  }

  private static @Nullable Double all(OptionalDouble value) {
    return value.isPresent() ? Double.valueOf(value.getAsDouble()) : null;
  }

  private static @Nullable Long bytes(OptionalDouble mebibytes) {
    return mebibytes.isPresent() ? Long.valueOf((long) (mebibytes.getAsDouble() * MEBIBYTE)) : null;
  }

  private static @Nullable Boolean isOn(OptionalDouble value) {
    return value.isPresent() ? Boolean.valueOf(value.getAsDouble() != 0) : null;
  }
}
