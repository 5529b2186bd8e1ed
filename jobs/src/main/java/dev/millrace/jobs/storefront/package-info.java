/** A shop that is made up: its items, its people and what they buy. */
@NullMarked
package dev.millrace.jobs.storefront;

import org.jspecify.annotations.NullMarked;
