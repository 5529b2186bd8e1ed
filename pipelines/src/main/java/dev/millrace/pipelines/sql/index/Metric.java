package dev.millrace.pipelines.sql.index;

/** What nearness is. More is nearer. */
public enum Metric {
  /** The cosine of the angle between the vectors. */
  COSINE,
  /** Their inner product. */
  DOT
}
