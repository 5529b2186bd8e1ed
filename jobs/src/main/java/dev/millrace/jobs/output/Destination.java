package dev.millrace.jobs.output;

import java.io.IOException;

/** Where rows are written: a folder of files, or a topic. */
public sealed interface Destination permits OutputFolder, TopicWriting {

  /**
   * Makes it ready for a run that begins at the beginning.
   *
   * @return how many files of an earlier run were removed
   */
  int prepare() throws IOException;

  /**
   * Removes it if nothing was written and that can be told.
   *
   * @return whether something may be there
   */
  boolean removeIfEmpty() throws IOException;

  /** Undoes what checking it has made, if the job is not to start after all. */
  void undo() throws IOException;

  /** As the user wrote it. */
  String name();
}
