package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.AcceleratorConnector;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.Generator;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.SessionOptions;
import dev.millrace.accelerator.time.Clock;
import dev.millrace.accelerator.time.SystemClock;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * Simulated devices, {@code sim:NAME}. A name with its parameters is one device for as long as the
 * process runs: its faults count their times from when it was first opened.
 */
public final class SimConnector implements AcceleratorConnector {

  private static final Map<AcceleratorUri, SimDevice> DEVICES = new ConcurrentHashMap<>();

  @Override
  public Set<String> schemes() {
    return Set.of("sim");
  }

  @Override
  public void validate(AcceleratorUri uri) {
    SimSettings unused = SimSettings.of(uri);
  }

  @Override
  public Set<ModelTask> tasks() {
    return EnumSet.of(ModelTask.EMBEDDING, ModelTask.CLASSIFICATION, ModelTask.GENERATION);
  }

  @Override
  public void validate(AcceleratorUri uri, Model model) {
    Generator generator = model.generator();
    if (generator != null && generator.jsonSchema() != null) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "The simulated device "
              + uri
              + " makes its answers up of words and cannot keep to a JSON schema. Leave the schema"
              + " out, or use a server.");
    }
  }

  @Override
  public String digest(AcceleratorUri uri, Model model, SessionOptions options) {
    return digest(SimSettings.of(uri), model);
  }

  /** Not the model's own: the answers are not the model's. */
  static String digest(SimSettings settings, Model model) {
    String what =
        "simulated " + settings.seed() + " " + settings.dimensions() + " " + model.digest();
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(what.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public InferenceSession open(AcceleratorUri uri, Model model, SessionOptions options) {
    SimDevice device =
        DEVICES.computeIfAbsent(uri, missing -> new SimDevice(missing, SimSettings.of(missing)));
    Clock clock = SystemClock.start("millrace " + uri);
    try {
      await(clock, device.settings().loadNanos());
      device.requireAlive(clock);
    } catch (RuntimeException failure) {
      clock.close();
      throw failure;
    }
    return new SimSession(device, model, clock);
  }

  private static void await(Clock clock, long nanos) {
    if (nanos <= 0) {
      return;
    }
    CountDownLatch loaded = new CountDownLatch(1);
    Clock.Alarm alarm = clock.after(nanos, loaded::countDown);
    try {
      loaded.await();
    } catch (InterruptedException interrupted) {
      alarm.cancel();
      Thread.currentThread().interrupt();
    }
  }
}
