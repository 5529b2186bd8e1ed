package dev.millrace.jobs.feed;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.DeviceState;
import dev.millrace.accelerator.DeviceStatus;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.Sessions;
import dev.millrace.accelerator.onnx.ModelFolders;
import dev.millrace.accelerator.servers.TestServer;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.operators.InferenceOptions;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.schemas.Recommendation;
import dev.millrace.schemas.RecommendedItem;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The feed over a pool of a processor and two servers, which are frozen, made to answer what is no
 * number, killed and started again while it runs, is the feed of a run that nothing disturbed.
 */
final class FailingAcceleratorsTest {

  private static final long SEED = 23;
  private static final int CPU = 0;
  private static final int OIP = 1;
  private static final int OPEN_AI = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

  /** Two devices add in different orders, and vectors of a cosine of 0.999 would differ by more. */
  private static final float SAME_SCORE = 1e-4f;

  @TempDir Path folder;

  private final CommandRun command = new CommandRun();

  @Test
  void noRowIsLostAndTheFeedIsThatOfAnUndisturbedRun() throws Exception {
    Path model = ModelFolders.fp32MiniLm(folder.resolve("minilm-fp32"));
    GatedSales sales = GatedSales.write(folder.resolve("sales.csv"), SEED);
    CompletableFuture<TestServer> starting = CompletableFuture.supplyAsync(() -> openAi(0));
    TestServer oip = oip(0);
    TestServer openAi = starting.get();
    try {
      String pool =
          "onnx:cpu?callers=1,oip+grpc://%s?deadline=2s,openai+http://%s/v1?deadline=2s"
              .formatted(oip.address(), openAi.address());
      try (InferenceSession devices = open(pool, model)) {
        CompletableFuture<Integer> code =
            CompletableFuture.supplyAsync(() -> run(sales, pool, model, "disturbed"));
        Script script = new Script(devices, sales, code);
        script.untilAllHaveAnsweredMore();

        oip.freeze();
        openAi.fault("nan", -1);
        script.until(() -> script.isOut(OIP) && script.isOut(OPEN_AI));
        script.untilMoreIsAnsweredBy(CPU);
        oip.thaw();
        openAi.fault("nan", 0);
        script.untilAllHaveAnsweredMore();

        oip.kill();
        openAi.kill();
        script.until(() -> script.isOut(OIP) && script.isOut(OPEN_AI));
        int openAiPort = openAi.port();
        starting = CompletableFuture.supplyAsync(() -> openAi(openAiPort));
        oip = oip(oip.port());
        openAi = starting.get();
        script.untilAllHaveAnsweredMore();

        sales.end();
        assertThat(code.get()).as(command::complained).isEqualTo(ExitCode.DONE);
        assertThat(script.movedAway()).as("batches that ran elsewhere").isPositive();
      }
    } finally {
      // A job that is still there after a failure ends, too.
      sales.end();
      oip.close();
      openAi.close();
    }
    assertThat(run(sales, "onnx:cpu", model, "undisturbed"))
        .as(command::complained)
        .isEqualTo(ExitCode.DONE);
    requireSameFeeds(feeds("disturbed"), feeds("undisturbed"), sales.rows());
  }

  /** What is done to the servers, one thing after another, while the job gets rows. */
  private static final class Script {
    private final InferenceSession pool;
    private final GatedSales sales;
    private final CompletableFuture<Integer> job;
    private long answeredWhenHandedOut;
    private long answeredAtLastLook;

    Script(InferenceSession pool, GatedSales sales, CompletableFuture<Integer> job) {
      this.pool = pool;
      this.sales = sales;
      this.job = job;
    }

    private DeviceStatus device(int index) {
      return pool.devices().get(index);
    }

    boolean isOut(int device) {
      return device(device).state() == DeviceState.PROBATION;
    }

    long movedAway() {
      return pool.devices().stream().mapToLong(DeviceStatus::movedAway).sum();
    }

    void until(BooleanSupplier happens) {
      await()
          .atMost(PATIENCE)
          .pollInterval(LOOK_EVERY)
          .until(
              () -> {
                assertThat(job).as("the feed is still written: %s", pool.devices()).isNotDone();
                boolean happened = happens.getAsBoolean();
                if (!happened) {
                  handOutMoreWhenAllIsQuiet();
                }
                return happened;
              });
    }

    private void handOutMoreWhenAllIsQuiet() {
      long answered = pool.devices().stream().mapToLong(DeviceStatus::batches).sum();
      if (answered > answeredWhenHandedOut && answered == answeredAtLastLook) {
        answeredWhenHandedOut = answered;
        sales.handOutMore();
      }
      answeredAtLastLook = answered;
    }

    void untilMoreIsAnsweredBy(int device) {
      long before = device(device).batches();
      until(() -> device(device).batches() > before);
    }

    void untilAllHaveAnsweredMore() {
      List<Long> before = pool.devices().stream().map(DeviceStatus::batches).toList();
      until(
          () ->
              pool.devices().stream().allMatch(device -> device.state().works())
                  && device(CPU).batches() > before.get(CPU)
                  && device(OIP).batches() > before.get(OIP)
                  && device(OPEN_AI).batches() > before.get(OPEN_AI));
    }
  }

  private TestServer oip(int port) {
    return TestServer.oip(graph(), "name=minilm-fp32", "port=" + port);
  }

  private TestServer openAi(int port) {
    return TestServer.openAi(graph(), "name=minilm-fp32", "port=" + port);
  }

  private Path graph() {
    return folder.resolve("minilm-fp32/onnx/model.onnx");
  }

  /** The session that the job of this process shares, to see how its devices are. */
  private static InferenceSession open(String accelerators, Path model) {
    return Sessions.open(
        AcceleratorUri.parsePool(accelerators),
        Models.resolve(model.toString()),
        InferenceSettings.from(new Configuration().set(InferenceOptions.ACCELERATORS, accelerators))
            .sessionOptions());
  }

  private int run(GatedSales sales, String accelerators, Path model, String name) {
    return command.run(
        "feed",
        "--interactions=" + sales.url(),
        "--top-k=5",
        "--parallelism=2",
        "--token-budget=16",
        "--model=" + model,
        "--accelerators=" + accelerators,
        "--output=" + folder.resolve(name));
  }

  private Map<String, List<RecommendedItem>> feeds(String name) throws IOException {
    assertThat(folder.resolve(name + "-dead-letters")).doesNotExist();
    Map<String, List<RecommendedItem>> feeds = new TreeMap<>();
    for (Recommendation one : CommandRun.read(folder.resolve(name), Recommendation.class)) {
      assertThat(feeds.put(one.getUserId() + " " + one.getEventTime(), one.getItems()))
          .as("a second feed of %s at %s", one.getUserId(), one.getEventTime())
          .isNull();
    }
    return feeds;
  }

  private static void requireSameFeeds(
      Map<String, List<RecommendedItem>> disturbed,
      Map<String, List<RecommendedItem>> undisturbed,
      int baskets) {
    assertThat(undisturbed).as("seed %d", SEED).hasSize(baskets);
    assertThat(disturbed.keySet()).as("seed %d", SEED).isEqualTo(undisturbed.keySet());
    int differing = 0;
    for (Map.Entry<String, List<RecommendedItem>> feed : undisturbed.entrySet()) {
      List<RecommendedItem> expected = feed.getValue();
      List<RecommendedItem> other = requireNonNull(disturbed.get(feed.getKey()));
      assertThat(other).as("seed %d: %s", SEED, feed.getKey()).hasSameSizeAs(expected);
      for (int i = 0; i < other.size(); i++) {
        assertThat(other.get(i).getScore())
            .as("seed %d: %s, place %d", SEED, feed.getKey(), i)
            .isCloseTo(expected.get(i).getScore(), within(SAME_SCORE));
      }
      differing += ids(other).equals(ids(expected)) ? 0 : 1;
    }
    // Only items of equal scores may change places.
    assertThat(differing).as("seed %d", SEED).isLessThanOrEqualTo(baskets / 1000);
  }

  private static List<String> ids(List<RecommendedItem> items) {
    return items.stream().map(RecommendedItem::getItemId).toList();
  }
}
