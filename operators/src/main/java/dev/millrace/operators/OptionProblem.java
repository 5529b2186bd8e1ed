package dev.millrace.operators;

/**
 * What is wrong with one option, for a person to read.
 *
 * @param option its key
 * @param value what was given
 * @param remedy what is wrong with it, what is allowed and what to do, in whole sentences
 */
public record OptionProblem(String option, String value, String remedy) {}
