package dev.millrace.pipelines.recommend;

import java.io.Serializable;

/** Puts into a slate what a ranking model reads. Used on the task's thread. */
interface RankingReader extends Serializable {

  /** Called before anything else in each subtask. */
  default void open() {}

  /**
   * Reads it.
   *
   * @param slate has its items' names
   * @param catalogue as of the slate's moment
   */
  void read(Slate slate, PersonState person, Catalogue catalogue);
}
