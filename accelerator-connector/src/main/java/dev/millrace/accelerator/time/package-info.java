/** Time as something that a test can turn by hand. */
@NullMarked
package dev.millrace.accelerator.time;

import org.jspecify.annotations.NullMarked;
