package dev.millrace.pipelines.sql;

/** What a model is asked to do with a row. */
public enum ModelTask {
  /** A text becomes a vector. */
  EMBEDDING
}
