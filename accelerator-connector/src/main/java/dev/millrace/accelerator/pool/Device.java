package dev.millrace.accelerator.pool;

import static java.util.Objects.requireNonNull;

import dev.millrace.accelerator.DeviceReading;
import dev.millrace.accelerator.DeviceState;
import dev.millrace.accelerator.DeviceStatus;
import dev.millrace.accelerator.InferenceSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One device of a pool: what it holds and what is known of it. Guarded by the pool's lock. */
final class Device {

  private final int index;
  private final Member member;
  private final Health health;
  private final Speed speed = new Speed();

  /** In the order in which they were sent. */
  private final List<Attempt> held = new ArrayList<>();

  private volatile @Nullable InferenceSession session;
  private int lanes;
  private volatile int mostTokens = Integer.MAX_VALUE;
  private long heldTokens;
  private double share = 1;
  private boolean rests;
  private long restsUntil;
  private boolean busyElsewhere;
  private boolean needsNewSession = true;

  /** Where it is in the list of those with a place; -1 if it is not. */
  private int freeIndex = -1;

  private long checkAt;
  private @Nullable DeviceReading reading;
  private double joules;
  private long batches;
  private long rows;
  private long tokens;
  private long failures;
  private long movedAway;
  private long hedged;

  Device(int index, Member member) {
    this.index = index;
    this.member = member;
    this.health = new Health(index);
  }

  int index() {
    return index;
  }

  Member member() {
    return member;
  }

  Health health() {
    return health;
  }

  Speed speed() {
    return speed;
  }

  /** The model on it; null if none is loaded. */
  @Nullable InferenceSession session() {
    return session;
  }

  InferenceSession requireSession() {
    return requireNonNull(session, "The device has no session.");
  }

  /** Takes a session over, or lets it go. */
  @Nullable InferenceSession replaceSession(@Nullable InferenceSession with) {
    InferenceSession before = session;
    session = with;
    lanes = with == null ? 0 : Math.max(1, with.parallelism());
    return before;
  }

  /** Whether it is being loaded or tried. */
  boolean isBusyElsewhere() {
    return busyElsewhere;
  }

  void setBusyElsewhere(boolean busy) {
    busyElsewhere = busy;
  }

  /** Whether its session is not to be used again. */
  boolean needsNewSession() {
    return needsNewSession;
  }

  void setNeedsNewSession(boolean needs) {
    needsNewSession = needs;
  }

  int freeIndex() {
    return freeIndex;
  }

  void setFreeIndex(int place) {
    freeIndex = place;
  }

  /** When it is to be asked again for what is known. */
  long checkAt() {
    return checkAt;
  }

  void setCheckAt(long nanos) {
    checkAt = nanos;
  }

  boolean works() {
    return session != null && health.state().works();
  }

  boolean isSpare() {
    return member.weight() == 0;
  }

  /** Batches that it works on at once. */
  int lanes() {
    return lanes;
  }

  /** One is sent ahead, so that it need not wait for the next; not to one that must be spared. */
  private int places() {
    if (share <= 0) {
      return 0;
    }
    return health.state() == DeviceState.UP && share >= 1 ? lanes + 1 : lanes;
  }

  boolean hasPlace(long now) {
    return works() && held.size() < places() && (!rests || now - restsUntil >= 0);
  }

  /** Whether a lane of it has nothing to do. */
  boolean isIdle(long now) {
    return hasPlace(now) && held.size() < lanes;
  }

  boolean takes(long batchTokens) {
    return batchTokens <= mostTokens;
  }

  /** Nanoseconds until it would have one more batch done; its weight counted in. */
  double untilDone(long batchTokens) {
    double waiting =
        held.size() < lanes
            ? 0
            : (speed.expect(heldTokens) + (held.size() - 1) * speed.batchNanos()) / lanes;
    return (waiting + speed.expect(batchTokens)) / (isSpare() ? 1 : member.weight());
  }

  List<Attempt> held() {
    return held;
  }

  void take(Attempt attempt, long now) {
    held.add(attempt);
    heldTokens += attempt.tokens();
    if (held.size() <= lanes) {
      attempt.begins(now);
    }
  }

  /** It has no more to do with a batch. */
  boolean release(Attempt attempt, long now) {
    if (!held.remove(attempt)) {
      return false;
    }
    heldTokens -= attempt.tokens();
    if (held.size() >= lanes && lanes > 0) {
      held.get(lanes - 1).begins(now);
    }
    return true;
  }

  void answered(Attempt attempt, long now) {
    long nanos = now - attempt.begunAt();
    speed.observe(attempt.tokens(), nanos);
    batches++;
    rows += attempt.rows();
    tokens += attempt.tokens();
    health.good();
    if (share > 0 && share < 1) {
      rests = true;
      restsUntil = now + (long) (nanos * (1 / share - 1) / Math.max(1, lanes));
    }
  }

  void failed() {
    failures++;
  }

  void movedAway() {
    movedAway++;
  }

  void hedged() {
    hedged++;
  }

  /** A batch of so many tokens was too much for its memory. */
  void tooMuch(long batchTokens) {
    mostTokens = (int) Math.max(1, Math.min(mostTokens, batchTokens / 2));
  }

  /** The most tokens that it gets at once. */
  int mostTokens() {
    return mostTokens;
  }

  /** The part of its time that it may work: 1 for all, 0 for none. */
  double share() {
    return share;
  }

  void setShare(double part) {
    share = part;
    if (part >= 1) {
      rests = false;
    }
  }

  @Nullable DeviceReading reading() {
    return reading;
  }

  void setReading(DeviceReading latest) {
    reading = latest;
  }

  void addJoules(double more) {
    joules += more;
  }

  DeviceStatus status() {
    return new DeviceStatus(
        member.uri(),
        health.state() == DeviceState.UP && share < 1 ? DeviceState.DEGRADED : health.state(),
        share < 1 && health.state().works() ? throttling() : health.reason(),
        held.size(),
        lanes,
        speed.tokensPerSecond(lanes),
        Duration.ofNanos(speed.batchNanos()),
        mostTokens,
        batches,
        rows,
        tokens,
        failures,
        movedAway,
        hedged,
        health.falls(),
        joules,
        reading);
  }

  private String throttling() {
    return share <= 0
        ? "it is over its temperature limit, and rests until it has cooled"
        : "it throttles, and works " + Math.round(share * 100) + "% of the time";
  }
}
