package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;

/**
 * A model's tokenizer by itself, as the operators use it: for planning token budgets and looking at
 * what a model reads of a text. For one thread; its owner closes it.
 */
public final class TextTokenizer implements AutoCloseable {

  private final MemoryScope scope;
  private final TokenBuffer ids;
  private final Tokenizer tokenizer;
  private final TextUnits units = new TextUnits();

  private TextTokenizer(MemoryScope scope, TokenBuffer ids, Tokenizer tokenizer) {
    this.scope = scope;
    this.ids = ids;
    this.tokenizer = tokenizer;
  }

  /**
   * Opens a model's tokenizer.
   *
   * @throws AcceleratorException of category MODEL if its {@code tokenizer.json} cannot be used
   */
  public static TextTokenizer open(Model model) {
    Tokenizer tokenizer = Tokenizers.of(model);
    MemoryScope scope = MemoryScope.open("tokenizer of " + model.name());
    return new TextTokenizer(scope, new TokenBuffer(scope.allocator()), tokenizer);
  }

  /** How many tokens a text has, special ones included, cut at the model's length. */
  public int count(String text) {
    ids.clear();
    units.read(text);
    return tokenizer.encode(units, ids);
  }

  /** The ids of a text, special ones included, cut at the model's length. */
  public long[] encode(String text) {
    long[] encoded = new long[count(text)];
    for (int i = 0; i < encoded.length; i++) {
      encoded[i] = ids.get(i);
    }
    return encoded;
  }

  @Override
  public void close() {
    tokenizer.close();
    ids.close();
    scope.close();
  }
}
