package dev.millrace.jobs.feed;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What is printed at the end: the summary and a few people's feeds, within 100 columns. */
final class Tables {

  private static final int WIDTH = 98;
  private static final int LEFT = 30;
  private static final int TITLE = 32;
  private static final int ROWS = 8;
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  private Tables() {}

  /** One person's feed: what was bought on the left, what is recommended and why on the right. */
  static List<String> person(PersonFeed feed) {
    List<String> lines = new ArrayList<>();
    lines.add(
        feed.person()
            + ", after "
            + feed.baskets()
            + " baskets, "
            + DAY.format(Instant.ofEpochMilli(feed.eventTime())));
    lines.add("  " + pad("bought lately", LEFT) + "  recommended");
    int rows = Math.min(ROWS, Math.max(feed.bought().size(), feed.recommended().size()));
    for (int i = 0; i < rows; i++) {
      String left = i < feed.bought().size() ? feed.bought().get(i) : "";
      StringBuilder line = new StringBuilder("  ").append(pad(left, LEFT)).append("  ");
      if (i < feed.recommended().size()) {
        PersonFeed.Place place = feed.recommended().get(i);
        line.append(pad(place.title(), TITLE)).append("  ");
        line.append(cut(place.reason(), WIDTH - line.length()));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  /** The figures of the report, in words and in its order. */
  static List<String> summary(FeedReport report, int topK) {
    Tally figures = report.figures();
    List<String> lines = new ArrayList<>();
    lines.add(
        row(
            "rows",
            number(report.rowsRead())
                + " read = "
                + number(figures.count(Figure.INTERACTIONS))
                + " interactions + "
                + number(figures.count(Figure.ROWS_RETURNED))
                + " returned + "
                + number(report.rowsInvalid())
                + " invalid + "
                + number(figures.count(Figure.DEAD_LETTERS))
                + " dead letters"));
    if (report.rowsInvalid() > 0) {
      lines.add(row("invalid", causes(figures)));
    }
    lines.add(
        row(
            "shop",
            number(figures.count(Figure.BASKETS))
                + " baskets of "
                + number(figures.count(Figure.PEOPLE))
                + " people, "
                + number(figures.count(Figure.ITEMS))
                + " items"));
    lines.add(row("feed", number(figures.count(Figure.RECOMMENDATIONS)) + " recommendations"));
    lines.add(
        row(
            "quality",
            number(figures.count(Figure.BASKETS_EVALUATED)) + " baskets evaluated, top " + topK));
    lines.add(row("  feed", rates(report, Figure.HITS, Figure.RECALL)));
    if (figures.get(Figure.MODEL_BASKETS) > 0) {
      lines.add(
          row(
              "  no model",
              rates(
                  report.perModelBasket(Figure.BLEND_HITS),
                  report.perModelBasket(Figure.BLEND_RECALL))));
    }
    lines.add(
        row(
            "  new items",
            "recall "
                + decimals(report.perBasketWithNew(Figure.NEW_RECALL), 4)
                + ", in a feed of nothing else "
                + decimals(report.perBasketWithNew(Figure.DISCOVERY_RECALL), 4)
                + ", of "
                + number(figures.count(Figure.BASKETS_WITH_NEW))
                + " baskets"));
    lines.add(row("  popularity", rates(report, Figure.POPULARITY_HITS, Figure.POPULARITY_RECALL)));
    lines.add(row("  places", sources(report)));
    if (figures.get(Figure.COMPARED_PLACES) > 0) {
      lines.add(
          row(
              "  alike",
              decimals(100 * report.precision(Figure.COMPARED_PLACES, Figure.ALIKE_PLACES), 1)
                  + "% of the places are alike to one before"));
    }
    lines.add(
        row(
            "model",
            number(report.textsEmbedded())
                + " texts embedded, "
                + number(report.tokens())
                + " tokens, padding ratio "
                + decimals(report.paddingRatio(), 4)));
    long unread = figures.count(Figure.CATALOGUE_DEAD_LETTERS);
    long failed = figures.count(Figure.ITEMS_NOT_EMBEDDED);
    long unscored = figures.count(Figure.PAIRS_NOT_SCORED);
    if (unscored > 0) {
      lines.add(
          row("not ranked", number(unscored) + " pairs that the ranking model did not score"));
    }
    long unanswered = figures.count(Figure.FEEDS_NOT_SCORED);
    if (unanswered > 0) {
      lines.add(
          row("not ranked", number(unanswered) + " feeds that the ranking model did not score"));
    }
    if (unread + failed > 0) {
      lines.add(
          row(
              "left out",
              number(failed)
                  + " items not embedded, "
                  + number(unread)
                  + " broken blocks of the catalogue"));
    }
    lines.add(
        row(
            "time",
            decimals(report.seconds(), 3)
                + " seconds, "
                + decimals(report.rowsPerSecond(), 1)
                + " rows a second"));
    return lines;
  }

  private static String sources(FeedReport report) {
    List<String> parts = new ArrayList<>();
    for (FeedSource source : FeedSource.values()) {
      parts.add(source.label() + " " + decimals(100 * report.share(source.places), 1) + "%");
    }
    return String.join(", ", parts);
  }

  private static String causes(Tally figures) {
    List<String> parts = new ArrayList<>();
    cause(parts, figures, Figure.NO_USER, "no person");
    cause(parts, figures, Figure.NO_ITEM, "no item");
    cause(parts, figures, Figure.NO_TEXT, "no text");
    cause(parts, figures, Figure.BAD_TIME, "bad time");
    cause(parts, figures, Figure.BAD_QUANTITY, "bad quantity");
    cause(parts, figures, Figure.BAD_AVAILABILITY, "bad availability");
    return String.join(", ", parts);
  }

  private static void cause(List<String> parts, Tally figures, Figure figure, String words) {
    if (figures.count(figure) > 0) {
      parts.add(number(figures.count(figure)) + " " + words);
    }
  }

  private static String rates(FeedReport report, Figure hits, Figure recall) {
    return rates(report.perEvaluated(hits), report.perEvaluated(recall));
  }

  private static String rates(double hits, double recall) {
    return "hit rate " + decimals(hits, 4) + ", recall " + decimals(recall, 4);
  }

  private static String row(String name, String value) {
    return "  " + pad(name, 12) + "  " + value;
  }

  static String number(long value) {
    return String.format(Locale.ENGLISH, "%,d", value);
  }

  private static String decimals(double value, int digits) {
    return String.format(Locale.ENGLISH, "%,." + digits + "f", value);
  }

  private static String pad(String text, int width) {
    String cut = cut(text, width);
    return cut + " ".repeat(width - cut.length());
  }

  private static String cut(String text, int width) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.length() <= width ? line : line.substring(0, width - 1).stripTrailing() + "…";
  }
}
