package dev.millrace.pipelines.recommend;

import org.jspecify.annotations.Nullable;

/**
 * An item that a {@link Catalogue} has heard of, if only as another's companion, with its number by
 * {@link ItemNames}: what is known of many items for a moment is in arrays.
 */
final class KnownItem {
  final String id;
  final int number;

  /** Null as long as it was heard of as a companion only. */
  @Nullable ItemState state;

  KnownItem(ItemName name) {
    id = name.id;
    number = name.number;
  }
}
