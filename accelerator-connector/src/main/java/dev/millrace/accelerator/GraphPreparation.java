package dev.millrace.accelerator;

import java.util.Locale;

/** What is done to a model's graph, in memory, before it runs. */
public enum GraphPreparation {
  /**
   * What makes it faster: a graph that quantises by batch is made to quantise by row, so that rows
   * can run together; slow operators give way to faster ones of the same mathematics. The result is
   * tried when it is loaded, and the graph runs as shipped if it fails.
   */
  AUTO,
  /**
   * Nothing but pooling and normalisation. A graph that quantises by batch has its rows run alone,
   * unless {@link BatchInvariance#RELAXED}.
   */
  AS_SHIPPED;

  /** As users write it: {@code auto}, {@code as-shipped}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
