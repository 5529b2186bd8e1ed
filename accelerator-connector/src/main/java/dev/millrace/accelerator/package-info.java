/**
 * Places where models run, and the memory that goes to them and comes back.
 *
 * <p>{@link dev.millrace.accelerator.ArrowBatch} is what travels. {@link
 * dev.millrace.accelerator.AcceleratorConnector} is the interface that a new kind of accelerator
 * implements; {@link dev.millrace.accelerator.Sessions} is how a user of accelerators gets at one.
 * Nothing here knows of Flink.
 */
@NullMarked
package dev.millrace.accelerator;

import org.jspecify.annotations.NullMarked;
