package dev.millrace.jobs.feed;

import java.io.Serializable;
import java.util.List;

/**
 * What the job has counted so far, as the client gets it.
 *
 * @param tally the totals
 * @param examples a few people's feeds
 */
record FeedFigures(Tally tally, List<PersonFeed> examples) implements Serializable {

  static final FeedFigures NONE = new FeedFigures(new Tally(), List.of());
}
