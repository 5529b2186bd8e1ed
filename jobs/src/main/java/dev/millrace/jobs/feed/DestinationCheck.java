package dev.millrace.jobs.feed;

import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.input.InputFiles;
import dev.millrace.jobs.kafka.TopicAddress;
import dev.millrace.jobs.output.Destination;
import dev.millrace.jobs.output.OutputFolder;
import dev.millrace.jobs.output.TopicWriting;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/** Checks where the feed and its dead letters are to go. */
final class DestinationCheck {

  private static final String SUFFIX = "-dead-letters";
  private static final String FALLBACK = "out/feed";

  private final Configuration values;
  private final TopicChoices topics;
  private final Problems problems;

  DestinationCheck(Configuration values, TopicChoices topics, Problems problems) {
    this.values = values;
    this.topics = topics;
    this.problems = problems;
  }

  /** Where the feed goes; of use only if no problem was added. */
  Destination output() {
    return of(FeedOptions.OUTPUT, values.get(FeedOptions.OUTPUT), "feed");
  }

  /** Where the dead letters go; of use only if no problem was added. */
  Destination deadLetters(Destination output) {
    String where = values.getOptional(FeedOptions.DEAD_LETTERS).orElseGet(() -> beside(output));
    if (where.equals(output.name()) || where.equals(values.get(FeedOptions.OUTPUT))) {
      problems.add(
          FeedOptions.DEAD_LETTERS.key(), where, "it is what --output names. Name another.");
      return output;
    }
    return of(FeedOptions.DEAD_LETTERS, where, "dead letters of feed");
  }

  private String beside(Destination output) {
    if (output instanceof TopicWriting topic) {
      TopicAddress address = topic.address();
      return address.sibling(address.topic() + SUFFIX).toString();
    }
    return values.get(FeedOptions.OUTPUT).replaceFirst("/+$", "") + SUFFIX;
  }

  private Destination of(ConfigOption<String> option, String where, String kind) {
    if (TopicAddress.isMeant(where)) {
      TopicWriting topic = topics.writing(option, where);
      return topic == null
          ? new OutputFolder(option.key(), InputFiles.path(FALLBACK), kind)
          : topic;
    }
    OutputFolder folder;
    try {
      folder = new OutputFolder(option.key(), InputFiles.path(where), kind);
    } catch (IllegalArgumentException noPath) {
      problems.add(option.key(), where, "it names no folder: " + noPath.getMessage() + ".");
      return new OutputFolder(option.key(), InputFiles.path(FALLBACK), kind);
    }
    folder.check(problems);
    return folder;
  }
}
