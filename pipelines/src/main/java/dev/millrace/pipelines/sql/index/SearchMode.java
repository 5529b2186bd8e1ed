package dev.millrace.pipelines.sql.index;

/** How the nearest items are searched for. */
public enum SearchMode {
  /** Exactly up to a number of items, approximately above it. */
  AUTO,
  /** By looking at every vector. */
  EXACT,
  /** By following a graph of near vectors. */
  APPROXIMATE
}
