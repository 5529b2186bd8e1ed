package dev.millrace.jobs.input;

import java.io.Serializable;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How times are written: ISO-8601, a pattern of {@link DateTimeFormatter}, or a count since 1970.
 * Dates that do not exist are refused, not moved to the nearest one that does.
 *
 * <p>Not safe for use by several threads.
 */
public final class TimeFormat implements Serializable {

  private static final long serialVersionUID = 1L;
  private static final String EPOCH_SECONDS = "epoch-seconds";
  private static final String EPOCH_MILLIS = "epoch-millis";

  private final @Nullable String pattern;
  private final String zone;
  private transient @Nullable DateTimeFormatter formatter;
  // The rows of a basket share their time.
  private transient @Nullable String lastText;
  private transient @Nullable Instant lastTime;

  /**
   * @param pattern a pattern, {@code epoch-seconds}, {@code epoch-millis}, or null for ISO-8601
   * @param zone the zone of times that name none
   * @throws IllegalArgumentException if the pattern is none, or does not give a date and, where it
   *     has hours, a time of day
   */
  public TimeFormat(@Nullable String pattern, ZoneId zone) {
    this.pattern = pattern;
    this.zone = zone.getId();
    if (!isCount()) {
      check();
    }
  }

  private boolean isCount() {
    return EPOCH_SECONDS.equals(pattern) || EPOCH_MILLIS.equals(pattern);
  }

  private void check() {
    DateTimeFormatter checked = formatter();
    if (pattern == null) {
      return;
    }
    TemporalAccessor back;
    try {
      back =
          checked.parse(
              checked.format(ZonedDateTime.of(2011, 2, 13, 16, 5, 6, 0, ZoneId.of("UTC"))));
    } catch (DateTimeException unusable) {
      throw new IllegalArgumentException(
          "it cannot read what it writes: " + unusable.getMessage(), unusable);
    }
    if (back.query(TemporalQueries.localDate()) == null
        && !back.isSupported(ChronoField.INSTANT_SECONDS)) {
      throw new IllegalArgumentException("it has no full date");
    }
    if (pattern.matches(".*[hHkK].*") && back.query(TemporalQueries.localTime()) == null) {
      throw new IllegalArgumentException(
          "its hours are ambiguous; write HH for 0 to 23, or add a for AM and PM");
    }
  }

  /** Reads a time; empty if it is not written so. */
  public Optional<Instant> parse(String text) {
    if (text.equals(lastText)) {
      return Optional.ofNullable(lastTime);
    }
    Instant time = null;
    try {
      time = read(text.strip());
    } catch (DateTimeException | ArithmeticException | NumberFormatException notSo) {
      // Said by the empty answer: a file may hold a million of them.
    }
    lastText = text;
    lastTime = time;
    return Optional.ofNullable(time);
  }

  private Instant read(String text) {
    if (EPOCH_SECONDS.equals(pattern)) {
      int dot = text.indexOf('.');
      return dot < 0
          ? Instant.ofEpochSecond(Long.parseLong(text))
          : Instant.ofEpochMilli(Math.round(Double.parseDouble(text) * 1000));
    }
    if (EPOCH_MILLIS.equals(pattern)) {
      return Instant.ofEpochMilli(Long.parseLong(text));
    }
    ZoneId fallback = ZoneId.of(zone);
    TemporalAccessor parsed =
        formatter().parseBest(text, ZonedDateTime::from, LocalDateTime::from, LocalDate::from);
    Instant time;
    if (parsed instanceof ZonedDateTime zoned) {
      time = zoned.toInstant();
    } else if (parsed instanceof LocalDateTime local) {
      time = local.atZone(fallback).toInstant();
    } else {
      time = LocalDate.from(parsed).atStartOfDay(fallback).toInstant();
    }
    // Avro's logical type ends where a long of milliseconds does.
    return Instant.ofEpochMilli(time.toEpochMilli());
  }

  private DateTimeFormatter formatter() {
    DateTimeFormatter ready = formatter;
    if (ready == null) {
      ready = pattern == null ? iso() : ofPattern(pattern);
      formatter = ready;
    }
    return ready;
  }

  private static DateTimeFormatter ofPattern(String pattern) {
    return new DateTimeFormatterBuilder()
        .parseCaseInsensitive()
        .appendPattern(pattern)
        // 'yyyy' is the year of an era, and a strict reading asks which.
        .parseDefaulting(ChronoField.ERA, 1)
        .toFormatter(Locale.ENGLISH)
        .withResolverStyle(ResolverStyle.STRICT);
  }

  private static DateTimeFormatter iso() {
    return new DateTimeFormatterBuilder()
        .parseCaseInsensitive()
        .append(DateTimeFormatter.ISO_LOCAL_DATE)
        .optionalStart()
        .appendPattern("['T'][' ']")
        .append(DateTimeFormatter.ISO_LOCAL_TIME)
        .optionalStart()
        .appendPattern("[XXX][XX]")
        .optionalEnd()
        .optionalEnd()
        .toFormatter(Locale.ENGLISH)
        .withResolverStyle(ResolverStyle.STRICT);
  }

  /** The pattern as the user wrote it. */
  @Override
  public String toString() {
    return pattern == null ? "ISO-8601" : pattern;
  }
}
