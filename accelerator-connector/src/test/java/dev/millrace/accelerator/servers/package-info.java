/**
 * Servers for tests, each in a process of its own, over the real runtime. They share nothing with
 * the clients that they test: what is on the wire is written down here a second time.
 */
@NullMarked
package dev.millrace.accelerator.servers;

import org.jspecify.annotations.NullMarked;
