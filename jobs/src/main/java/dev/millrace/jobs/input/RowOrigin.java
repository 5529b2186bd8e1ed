package dev.millrace.jobs.input;

/** Where rows come from: files, or a topic. */
public sealed interface RowOrigin permits RowFiles, TopicReading {

  /** Whether the rows end by themselves. */
  boolean bounded();
}
