package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Command;

/** Makes the command with the pipeline that users get. */
public final class FeedCommands {

  private FeedCommands() {}

  /** {@code millrace feed}. */
  public static Command feed() {
    return new FeedCommand(new EmbedAndRecommend());
  }
}
