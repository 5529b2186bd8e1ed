package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorConnector;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.time.SystemClock;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Makes several accelerators one: what {@link AcceleratorUri#parsePool} makes of a list. */
public final class PoolConnector implements AcceleratorConnector {

  /** How long a job waits for the first of its devices when it starts. */
  private static final Duration FIRST_DEVICE = Duration.ofMinutes(2);

  @Override
  public Set<String> schemes() {
    return Set.of(AcceleratorUri.POOL);
  }

  /** All: which of them its devices can run is theirs to say. */
  @Override
  public Set<ModelTask> tasks() {
    return EnumSet.allOf(ModelTask.class);
  }

  @Override
  public void validate(AcceleratorUri uri) {
    Member.of(uri).forEach(member -> Sessions.validate(member.uri()));
  }

  @Override
  public void validate(AcceleratorUri uri, Model model) {
    Member.of(uri).forEach(member -> Sessions.validate(member.uri(), model));
  }

  /** The one that all devices have, or one made of theirs. */
  @Override
  public String digest(AcceleratorUri uri, Model model, SessionOptions options) {
    List<String> digests =
        Member.of(uri).stream()
            .map(member -> Sessions.digest(member.uri(), model, options))
            .distinct()
            .sorted()
            .toList();
    if (digests.size() == 1) {
      return digests.get(0);
    }
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256")
                  .digest(String.join(" ", digests).getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** That of the first device that tells. */
  @Override
  public Signature signature(AcceleratorUri uri, Model model, SessionOptions options) {
    AcceleratorException none = null;
    for (Member member : Member.of(uri)) {
      try {
        return Sessions.signature(member.uri(), model, options);
      } catch (AcceleratorException away) {
        none = none == null ? away : none;
      }
    }
    throw Objects.requireNonNull(none, "A pool has members.");
  }

  @Override
  public InferenceSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    List<Member> members = Member.of(uri);
    String name = "millrace pool " + uri.target();
    ExecutorService background = background(name);
    PoolSession pool =
        new PoolSession(
            uri,
            members,
            model,
            options,
            digest(uri, model, options),
            SystemClock.start(name),
            background,
            background::shutdown,
            member -> Sessions.open(member, model, options));
    try {
      pool.awaitFirst(FIRST_DEVICE.toNanos());
    } catch (RuntimeException failure) {
      pool.close();
      throw failure;
    }
    return pool;
  }

  /** A thread for each device that is being loaded: it may hang there. */
  private static ExecutorService background(String name) {
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        5,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        task -> {
          Thread thread = new Thread(task, name + " keeper");
          thread.setDaemon(true);
          thread.setContextClassLoader(PoolConnector.class.getClassLoader());
          return thread;
        });
  }
}
