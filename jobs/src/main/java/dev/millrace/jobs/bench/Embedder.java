package dev.millrace.jobs.bench;

import java.util.List;

/** A library that makes vectors, as a user would call it. Safe for use by several threads. */
interface Embedder extends AutoCloseable {

  /** The vectors of texts, in their order. */
  List<float[]> embed(List<String> texts) throws Exception;

  @Override
  void close() throws Exception;
}
