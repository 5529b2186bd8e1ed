package dev.millrace.accelerator.generation;

import org.jspecify.annotations.Nullable;

/**
 * What a generator says to one prompt.
 *
 * @param text the answer, without the thoughts before it where the server tells them apart
 * @param finishReason why it ends, in the server's word; null if it does not say
 * @param promptTokens null if the server does not say
 * @param answerTokens thoughts included; null if the server does not say
 * @param firstTokenNanos from the question to the first token; null if it was not measured
 */
public record GeneratedAnswer(
    String text,
    @Nullable String finishReason,
    @Nullable Integer promptTokens,
    @Nullable Integer answerTokens,
    @Nullable Long firstTokenNanos) {}
