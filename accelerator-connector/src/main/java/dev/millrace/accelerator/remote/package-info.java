/**
 * What connectors over a network have in common: where a server is and how it is spoken to, secrets
 * that are named and not written, and the life of a session and of a run whose work is elsewhere.
 */
@NullMarked
package dev.millrace.accelerator.remote;

import org.jspecify.annotations.NullMarked;
