package dev.millrace.pipelines.recommend;

import org.jspecify.annotations.Nullable;

/**
 * An item that a {@link Catalogue} has heard of, if only as another's companion, with a number of
 * its own there, from 0 without gaps: what is known of many items for a moment is in arrays.
 */
final class KnownItem {
  final String id;
  final int number;

  /** Null as long as it was heard of as a companion only. */
  @Nullable ItemState state;

  KnownItem(String id, int number) {
    this.id = id;
    this.number = number;
  }
}
