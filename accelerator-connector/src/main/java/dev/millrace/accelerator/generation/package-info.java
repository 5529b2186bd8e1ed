/** What connectors that generate texts share: the columns of prompts and of answers. */
@NullMarked
package dev.millrace.accelerator.generation;

import org.jspecify.annotations.NullMarked;
