package dev.millrace.accelerator.openai;

import static java.util.Objects.requireNonNull;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.generation.AnswerColumns;
import dev.millrace.accelerator.generation.GeneratedAnswer;
import dev.millrace.accelerator.generation.PromptBatch;
import dev.millrace.accelerator.remote.Holds;
import dev.millrace.accelerator.remote.RemoteWork;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A batch of prompts at a server: a request for each.
 *
 * <p>A cancellation may come while a thread of the network reads a prompt. So each that does holds
 * the memory, and whoever is the last to need it ends the work ({@link #memory}).
 */
final class ChatWork implements RemoteWork {

  private final ChatSession session;
  private final ArrowBatch batch;
  private final Holds memory = new Holds(this::end);
  private final Disposable.Swap exchanges = Disposables.swap();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean answered;
  private volatile boolean cancelled;
  private @Nullable Outcome outcome;
  private @Nullable PromptBatch prompts;
  private GeneratedAnswer[] answers = new GeneratedAnswer[0];

  ChatWork(ChatSession session, ArrowBatch batch) {
    this.session = session;
    this.batch = batch;
  }

  @Override
  public void start(Outcome to) {
    outcome = to;
    try {
      prompts = PromptBatch.of(batch);
    } catch (RuntimeException unfit) {
      failure.set(unfit);
      memory.close();
      return;
    }
    answers = new GeneratedAnswer[batch.rowCount()];
    exchanges.update(
        Flux.range(0, answers.length)
            .flatMap(this::ask, session.parallelism())
            .doFinally(signal -> memory.close())
            .subscribe(done -> {}, failure::set, () -> answered = true));
  }

  private Mono<Boolean> ask(int row) {
    return session
        .ask(() -> question(row))
        .map(
            answer -> {
              answers[row] = answer;
              return true;
            });
  }

  private ByteBuf question(int row) {
    if (!memory.hold()) {
      throw new IllegalStateException("The batch was let go.");
    }
    try {
      PromptBatch read = requireNonNull(prompts);
      return session.question(read.prompt(row), read.limit(row));
    } finally {
      memory.release();
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    exchanges.dispose();
  }

  private void end() {
    ArrowBatch result = null;
    Throwable failed = failure.get();
    if (failed == null && !answered && !cancelled) {
      failed = new IOException("The exchange ended without an answer.");
    }
    if (failed == null && answered) {
      try {
        result = AnswerColumns.add(batch, session.scope(), Arrays.asList(answers));
      } catch (RuntimeException unexpected) {
        failed = unexpected;
      }
    }
    requireNonNull(outcome)
        .end(result, failed == null ? null : session.failure(batch.rowCount(), failed));
  }
}
