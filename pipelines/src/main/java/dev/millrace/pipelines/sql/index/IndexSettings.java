package dev.millrace.pipelines.sql.index;

import java.io.Serializable;

/**
 * How an index is built and searched.
 *
 * @param metric what nearness is
 * @param search how it is searched
 * @param exactUpTo with so many items at most, {@link SearchMode#AUTO} is exact
 * @param graph what the graph of an approximate search is like
 */
record IndexSettings(Metric metric, SearchMode search, int exactUpTo, GraphSettings graph)
    implements Serializable {

  boolean isApproximate(int items) {
    return search == SearchMode.APPROXIMATE || (search == SearchMode.AUTO && items > exactUpTo);
  }
}
