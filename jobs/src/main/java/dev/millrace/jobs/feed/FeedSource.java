package dev.millrace.jobs.feed;

import dev.millrace.schemas.Reason;

/** Where the items of a feed come from, with what is counted of each. */
enum FeedSource {
  HISTORY(Reason.BUY_AGAIN, Figure.HISTORY_PLACES, Figure.HISTORY_FOUND),
  COMPANIONS(Reason.BOUGHT_TOGETHER, Figure.COMPANION_PLACES, Figure.COMPANION_FOUND),
  CONTENT(Reason.SIMILAR, Figure.CONTENT_PLACES, Figure.CONTENT_FOUND),
  POPULARITY(Reason.POPULAR, Figure.POPULARITY_PLACES, Figure.POPULARITY_FOUND);

  final Reason reason;
  final Figure places;
  final Figure found;

  FeedSource(Reason reason, Figure places, Figure found) {
    this.reason = reason;
    this.places = places;
    this.found = found;
  }

  /** As it is named in the report and in the summary. */
  String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
