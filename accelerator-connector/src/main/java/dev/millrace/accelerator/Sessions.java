package dev.millrace.accelerator;

import dev.millrace.accelerator.AcceleratorException.Category;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The sessions of this process, shared: whoever asks for the same model on the same accelerator
 * with the same options gets the same session, and the last to close it unloads the model.
 *
 * <p>Safe for use by several threads. Two that ask at once for what is not loaded load it once.
 */
public final class Sessions {

  private static final Map<Key, Shared> OPEN = new HashMap<>();

  private Sessions() {}

  /**
   * Opens a session, or joins one that is open. May load a model, so it may take seconds.
   *
   * @return a session that the caller owns and closes
   * @throws AcceleratorException if the accelerator cannot be reached or cannot run the model
   */
  public static InferenceSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    Key key = new Key(uri, model.digest(), options);
    Shared shared;
    boolean first = false;
    synchronized (OPEN) {
      Shared found = OPEN.get(key);
      if (found == null) {
        found = new Shared(key);
        OPEN.put(key, found);
        first = true;
      }
      found.users++;
      shared = found;
    }
    if (first) {
      try {
        shared.session.complete(Connectors.forModel(uri, model).open(uri, model, options));
      } catch (Throwable failure) {
        // Those who wait for it fail alike; those who come later try anew.
        synchronized (OPEN) {
          OPEN.remove(key);
        }
        shared.session.completeExceptionally(failure);
        throw failure;
      }
    }
    try {
      return new Lease(shared, shared.session.join());
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof AcceleratorException cause) {
        throw new AcceleratorException(cause.category(), String.valueOf(cause.getMessage()), cause);
      }
      throw failed;
    }
  }

  /**
   * Checks a URI without reaching the accelerator.
   *
   * @throws AcceleratorException of category CONFIGURATION if no connector serves it, or the
   *     connector refuses it
   */
  public static void validate(AcceleratorUri uri) {
    Connectors.forScheme(uri.scheme()).validate(uri);
  }

  /**
   * Checks that a model has what it takes to run there, without reaching the accelerator.
   *
   * @throws AcceleratorException if no connector serves the URI, or the model lacks something
   */
  public static void validate(AcceleratorUri uri, Model model) {
    Connectors.forModel(uri, model).validate(uri, model);
  }

  /**
   * Whether batches for a model must hold texts there; see {@link AcceleratorConnector#readsTexts}.
   *
   * @throws AcceleratorException if no connector serves the URI
   */
  public static boolean readsTexts(AcceleratorUri uri, Model model) {
    return Connectors.forScheme(uri.scheme()).readsTexts(uri, model);
  }

  /**
   * The digest of a model as it will run; see {@link AcceleratorConnector#digest}.
   *
   * @throws AcceleratorException if no connector serves the URI, or the model cannot be run so
   */
  public static String digest(AcceleratorUri uri, Model model, SessionOptions options) {
    return Connectors.forModel(uri, model).digest(uri, model, options);
  }

  /**
   * The signature of a model as it will run; see {@link AcceleratorConnector#signature}.
   *
   * @throws AcceleratorException if no connector serves the URI, or the model cannot be run so
   */
  public static Signature signature(AcceleratorUri uri, Model model, SessionOptions options) {
    return Connectors.forModel(uri, model).signature(uri, model, options);
  }

  /** Sessions that are open at this moment, each counted once however many use it. */
  public static int openCount() {
    synchronized (OPEN) {
      return OPEN.size();
    }
  }

  /**
   * Gives back what is held of the process beyond sessions and scopes, when the class loader of
   * this class is given up: call it where a job's own class loader is released, and nowhere else.
   * Does nothing where the JVM's own class loader has this class and all jobs share it. What
   * connectors hold stays while a session is open.
   */
  public static void release() {
    if (Sessions.class.getClassLoader() == ClassLoader.getSystemClassLoader()) {
      return;
    }
    OffHeapMemory.release();
    RecordMethods.forgetLast();
    synchronized (OPEN) {
      if (OPEN.isEmpty()) {
        Connectors.release();
      }
    }
  }

  private static void leave(Shared shared) {
    synchronized (OPEN) {
      if (--shared.users > 0) {
        return;
      }
      OPEN.remove(shared.key, shared);
    }
    shared.session.join().close();
  }

  private record Key(AcceleratorUri uri, String modelDigest, SessionOptions options) {}

  private static final class Shared {
    final Key key;
    final CompletableFuture<InferenceSession> session = new CompletableFuture<>();
    int users;

    Shared(Key key) {
      this.key = key;
    }
  }

  /** One user's hold on a shared session. */
  private static final class Lease implements InferenceSession {
    private final Shared shared;
    private final InferenceSession session;
    private final AtomicBoolean closed = new AtomicBoolean();

    Lease(Shared shared, InferenceSession session) {
      this.shared = shared;
      this.session = session;
    }

    @Override
    public AcceleratorUri accelerator() {
      return session.accelerator();
    }

    @Override
    public Model model() {
      return session.model();
    }

    @Override
    public String digest() {
      return session.digest();
    }

    @Override
    public Signature signature() {
      return session.signature();
    }

    @Override
    public boolean readsTexts() {
      return session.readsTexts();
    }

    @Override
    public boolean batchInvariant() {
      return session.batchInvariant();
    }

    @Override
    public boolean runsRowsAlone() {
      return session.runsRowsAlone();
    }

    @Override
    public boolean keepsDeadline() {
      return session.keepsDeadline();
    }

    @Override
    public int parallelism() {
      return session.parallelism();
    }

    @Override
    public int suggestedTokens(int width) {
      return session.suggestedTokens(width);
    }

    @Override
    public int mostSuggestedTokens() {
      return session.mostSuggestedTokens();
    }

    @Override
    public @Nullable DeviceReading reading() {
      return session.reading();
    }

    @Override
    public List<DeviceStatus> devices() {
      return session.devices();
    }

    @Override
    public Mono<ArrowBatch> infer(ArrowBatch batch) {
      if (closed.get()) {
        return Mono.error(
            new AcceleratorException(
                Category.UNAVAILABLE,
                session + " is closed here. Keep it open for as long as it is used."));
      }
      return session.infer(batch);
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        leave(shared);
      }
    }

    @Override
    public String toString() {
      return session.toString();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }
}
