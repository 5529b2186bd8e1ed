package dev.millrace.operators;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** What a test decides about one steered accelerator. */
final class Steering {

  private static final Map<String, Steering> BY_NAME = new ConcurrentHashMap<>();

  /** Numbers in a steered embedding. */
  static final int DIMENSION = 3;

  private final List<SteeredCall> calls = new CopyOnWriteArrayList<>();
  private volatile Consumer<SteeredCall> reaction = call -> {};

  static Steering named(String name) {
    return BY_NAME.computeIfAbsent(name, unused -> new Steering());
  }

  /** Forgets all calls, for a test that makes very many. */
  void forgetCalls() {
    calls.clear();
  }

  /** Decides what happens to each call as it comes in. Without a decision calls wait. */
  void onCall(Consumer<SteeredCall> newReaction) {
    reaction = newReaction;
  }

  void called(SteeredCall call) {
    calls.add(call);
    reaction.accept(call);
  }

  /** Every call so far, in the order of arrival. */
  List<SteeredCall> calls() {
    return calls;
  }

  /** Calls that have no answer yet. */
  List<SteeredCall> open() {
    return calls.stream().filter(call -> !call.isAnswered()).toList();
  }

  /** The steered embedding of a row: depends on each id and its place, and on nothing else. */
  static float[] vectorOf(long[] ids) {
    float weighted = 0;
    for (int i = 0; i < ids.length; i++) {
      weighted += (ids[i] % 1009) * (i + 1);
    }
    return new float[] {ids.length, ids[ids.length / 2], weighted};
  }
}
