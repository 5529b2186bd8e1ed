package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.Generator;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.accelerator.generation.AnswerColumns;
import dev.millrace.accelerator.generation.GeneratedAnswer;
import dev.millrace.accelerator.generation.PromptBatch;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.VarCharVector;
import org.jspecify.annotations.Nullable;

/**
 * Answers to prompts: some of a prompt's own words, drawn by its hash. A word counts as a token.
 * Devices of one seed answer alike. Safe for use by several threads.
 */
final class SimProse implements SimAnswers {

  private static final long OF_A_LIAR = 0x5DEECE66DL;
  private static final int FEWEST_WORDS = 4;
  private static final int MORE_WORDS = 28;

  /** For the cost of a batch, which is told before its answers are there. */
  private static final int USUAL_WORDS = FEWEST_WORDS + MORE_WORDS / 2;

  private static final int BYTES_OF_WORD = 6;

  private final SimDevice device;
  private final @Nullable Integer mostTokens;
  private final MemoryScope scope;

  SimProse(SimDevice device, Model model) {
    this.device = device;
    Generator generator = model.generator();
    this.mostTokens = generator == null ? null : generator.maxTokens();
    this.scope = MemoryScope.open("session " + device.uri());
  }

  static Signature signature() {
    List<Long> oneForEach = List.of(TensorSpec.FREE);
    return new Signature(
        List.of(new TensorSpec(TextColumns.PROMPT, ElementType.UTF8, oneForEach)),
        List.of(
            new TensorSpec(TextColumns.ANSWER, ElementType.UTF8, oneForEach),
            new TensorSpec(TextColumns.FINISH_REASON, ElementType.UTF8, oneForEach),
            new TensorSpec(TextColumns.PROMPT_TOKENS, ElementType.INT32, oneForEach),
            new TensorSpec(TextColumns.ANSWER_TOKENS, ElementType.INT32, oneForEach),
            new TensorSpec(TextColumns.FIRST_TOKEN_NANOS, ElementType.INT64, oneForEach)));
  }

  @Override
  public long tokens(ArrowBatch batch) {
    if (!(batch.column(TextColumns.PROMPT) instanceof VarCharVector prompts)
        || batch.rowCount() == 0) {
      return 0;
    }
    long bytes = prompts.getOffsetBuffer().getInt((long) batch.rowCount() * Integer.BYTES);
    return bytes / BYTES_OF_WORD + (long) batch.rowCount() * USUAL_WORDS;
  }

  @Override
  public ArrowBatch to(ArrowBatch batch, @Nullable Fault fault) {
    if (fault != null && fault.isTold()) {
      throw device.failure(fault, batch.rowCount());
    }
    PromptBatch prompts = PromptBatch.of(batch);
    if (fault == Fault.NAN || fault == Fault.WRONG_SHAPE) {
      throw new AcceleratorException(
          Category.OUTPUT,
          "The simulated device " + device.uri() + " broke an answer off, as it was told to.");
    }
    long seed = device.settings().seed() ^ (fault == Fault.LIE ? OF_A_LIAR : 0);
    List<GeneratedAnswer> answers = new ArrayList<>();
    for (int row = 0; row < prompts.rows(); row++) {
      Integer limit = prompts.limit(row);
      answers.add(answer(prompts.prompt(row), limit == null ? mostTokens : limit, seed));
    }
    return AnswerColumns.add(batch, scope, answers);
  }

  private GeneratedAnswer answer(String prompt, @Nullable Integer limit, long seed) {
    String[] words = prompt.strip().split("\\s+", -1);
    long hash = SimVectors.mix(seed + prompt.hashCode());
    int wanted = FEWEST_WORDS + (int) Long.remainderUnsigned(hash, MORE_WORDS);
    int count = limit == null ? wanted : Math.min(wanted, limit);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      hash = SimVectors.mix(hash + i);
      text.append(i == 0 ? "" : " ")
          .append(words[(int) Long.remainderUnsigned(hash, words.length)]);
    }
    return new GeneratedAnswer(
        text.toString(),
        count < wanted ? "length" : "stop",
        words.length,
        count,
        device.settings().batchNanos());
  }

  @Override
  public void close() {
    scope.close();
  }
}
