package dev.millrace.operators;

/** In which order rows leave an operator that has several in flight. */
public enum OutputOrder {
  /** As they came. */
  ORDERED,
  /** As they finish, but no row passes a watermark or is passed by one. */
  UNORDERED
}
