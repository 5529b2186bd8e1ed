/** {@code millrace devices}: what there is to run models on, and how well it is. */
@NullMarked
package dev.millrace.jobs.devices;

import org.jspecify.annotations.NullMarked;
