package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.AcceleratorConnector;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
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
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes several accelerators one: what {@link AcceleratorUri#parsePool} makes of a list. */
public final class PoolConnector implements AcceleratorConnector {

  private static final Logger LOG = LoggerFactory.getLogger(PoolConnector.class);

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
    for (Member member : Member.of(uri)) {
      Sessions.validate(member.uri(), model);
      if (member.comparedWithProcessor()) {
        if (Sessions.readsTexts(member.uri(), model)) {
          throw new AcceleratorException(
              Category.CONFIGURATION,
              "The accelerator "
                  + member.uri()
                  + " reads the texts of '"
                  + model.name()
                  + "' and not their tokens, so known-answer=cpu has nothing to compare. Leave it"
                  + " out.");
        }
        Sessions.validate(ProcessorAnswer.PROCESSOR, model);
      }
    }
  }

  /** If any of its devices does: a batch may go to each of them. */
  @Override
  public boolean readsTexts(AcceleratorUri uri, Model model) {
    return Member.of(uri).stream().anyMatch(member -> Sessions.readsTexts(member.uri(), model));
  }

  /**
   * The one that all devices have, or one made of theirs. Devices that cannot be reached have no
   * say in it: a pool starts without them.
   */
  @Override
  public String digest(AcceleratorUri uri, Model model, SessionOptions options) {
    List<String> digests = digests(Member.of(uri), model, options);
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

  /** Distinct and in order. All are asked at once: one that hangs does not hold up the others. */
  private static List<String> digests(List<Member> members, Model model, SessionOptions options) {
    ExecutorService background = background("millrace pool digest");
    try {
      Map<Member, CompletableFuture<String>> asked = new LinkedHashMap<>();
      for (Member member : members) {
        asked.put(
            member,
            CompletableFuture.supplyAsync(
                () -> Sessions.digest(member.uri(), model, options), background));
      }
      Set<String> digests = new TreeSet<>();
      List<String> away = new ArrayList<>();
      asked.forEach(
          (member, digest) -> {
            try {
              digests.add(digest.join());
            } catch (CompletionException failed) {
              away.add(whyAway(failed));
              LOG.warn("{} is left to join later: {}", member.uri(), away.get(away.size() - 1));
            }
          });
      if (digests.isEmpty()) {
        throw new AcceleratorException(
            Category.UNAVAILABLE,
            "No accelerator of the pool can be reached: " + String.join("; ", away));
      }
      return List.copyOf(digests);
    } finally {
      background.shutdown();
    }
  }

  private static String whyAway(CompletionException failed) {
    if (failed.getCause() instanceof AcceleratorException known) {
      if (known.category() == Category.UNAVAILABLE || known.category() == Category.TIMEOUT) {
        return String.valueOf(known.getMessage());
      }
      throw known;
    }
    throw failed;
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
