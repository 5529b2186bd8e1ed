/**
 * What devices and the exporters beside them say of their health: {@code nvidia-smi} and tools of
 * its shape, and Prometheus exporters.
 */
@NullMarked
package dev.millrace.accelerator.telemetry;

import org.jspecify.annotations.NullMarked;
