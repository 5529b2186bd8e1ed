package dev.millrace.jobs.bench;

import dev.millrace.accelerator.Models;
import dev.millrace.operators.TextTokenizer;

/** The built-in model's tokeniser. */
final class OurTokeniser implements TextTokeniser {

  private final TextTokenizer tokenizer = TextTokenizer.open(Models.resolve("minilm"));

  private OurTokeniser() {}

  static TextTokeniser open() {
    return new OurTokeniser();
  }

  @Override
  public int encode(String text) {
    return tokenizer.count(text);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
