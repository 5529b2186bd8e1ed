package dev.millrace.pipelines.recommend;

/**
 * What the subtasks of one process share of an item beside its lists. Safe for use by several
 * threads.
 */
final class ItemName {
  final String id;

  /** Of {@link ItemNames}. */
  final int number;

  /** The latest title that any subtask came with. */
  private volatile String title = "";

  ItemName(String id, int number) {
    this.id = id;
    this.number = number;
  }

  /** A title of the item, as the one string that all have who came with it one after the other. */
  String shared(String itsTitle) {
    String latest = title;
    if (latest.equals(itsTitle)) {
      return latest;
    }
    title = itsTitle;
    return itsTitle;
  }
}
