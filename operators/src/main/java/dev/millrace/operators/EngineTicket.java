package dev.millrace.operators;

/** A request on its way. Used on the engine's thread, once it has arrived there. */
class EngineTicket<A> {

  private final AnswerRequest<A> request;
  private boolean done;

  EngineTicket(AnswerRequest<A> request) {
    this.request = request;
  }

  final boolean isDone() {
    return done;
  }

  final void succeed(A answer) {
    done = true;
    request.succeed(answer);
  }

  final void fail(String category, String reason, int attempts) {
    done = true;
    request.fail(category, reason, attempts);
  }

  final void abandon(Throwable reason) {
    if (!done) {
      done = true;
      request.abandon(reason);
    }
  }
}
