package dev.millrace.pipelines;

import dev.millrace.accelerator.generation.GeneratedAnswer;
import org.jspecify.annotations.Nullable;

/** What a generator answered to a row's prompt. A POJO for Flink. */
public final class Generation {

  /** The text; null if the row could not be answered. */
  public @Nullable String answer;

  /**
   * Why it ends, in the server's word: {@code stop} at its end, {@code length} when it was cut
   * short, {@code content_filter} when it was held back; null if the server does not say.
   */
  public @Nullable String finishReason;

  /** Tokens of the prompt, by the server's count; null if it does not count. */
  public @Nullable Integer promptTokens;

  /** Tokens of the answer, thoughts before it included; null likewise. */
  public @Nullable Integer answerTokens;

  /** Milliseconds from the question to the first token; null if it was not measured. */
  public @Nullable Double firstTokenMillis;

  /** For Flink. */
  public Generation() {}

  Generation(GeneratedAnswer answered) {
    this.answer = answered.text();
    this.finishReason = answered.finishReason();
    this.promptTokens = answered.promptTokens();
    this.answerTokens = answered.answerTokens();
    Long nanos = answered.firstTokenNanos();
    this.firstTokenMillis = nanos == null ? null : nanos / 1e6;
  }

  @Override
  public String toString() {
    return answer + " (" + finishReason + ")";
  }
}
