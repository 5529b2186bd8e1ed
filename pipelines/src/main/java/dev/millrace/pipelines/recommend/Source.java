package dev.millrace.pipelines.recommend;

/** Where the candidates of a feed, and what is known of them, come from. */
public enum Source {
  /** What the person bought. */
  HISTORY,
  /** What is bought together with what the person bought. */
  COMPANIONS,
  /** What is near in meaning to what the person bought. */
  CONTENT,
  /** What many buy lately. */
  TREND
}
