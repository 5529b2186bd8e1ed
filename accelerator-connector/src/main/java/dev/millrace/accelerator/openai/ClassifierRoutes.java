package dev.millrace.accelerator.openai;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.Model.Activation;
import dev.millrace.accelerator.Model.Classifier;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.embedding.TextRows;
import dev.millrace.accelerator.openai.OpenAiSettings.Scores;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Exceptions;

/**
 * Finds out on which routes a server classifies, and whether it gives raw numbers there. Servers
 * agree neither on the routes nor on their places, and those that do not know a field pass over it.
 * So each is tried, with a few rows.
 */
final class ClassifierRoutes {

  private static final Logger LOG = LoggerFactory.getLogger(ClassifierRoutes.class);

  /** Two answers that differ by less are the same. */
  private static final float SAME = 1e-3f;

  private final OpenAiServer server;
  private final FirstRows rows;
  private final Classifier classifier;
  private final Extras cut;
  private final List<String> reasons = new ArrayList<>();

  /** Why the last route did not answer, and whether that is since the server has none. */
  private String reason = "";

  private boolean absent;

  private ClassifierRoutes(OpenAiServer server, ServedModel served, FirstRows rows) {
    this.server = server;
    this.rows = rows;
    this.classifier = server.model().requireClassifier();
    this.cut = new Extras(null, served.longest(server.model()));
  }

  /**
   * Asks. Blocks.
   *
   * @throws AcceleratorException of category CONFIGURATION or MODEL if the server has no route for
   *     the model, or another model; of others if it cannot be asked
   */
  static RowRoutes of(OpenAiServer server, ServedModel served) {
    try (FirstRows rows = new FirstRows(server)) {
      return new ClassifierRoutes(server, served, rows).find();
    }
  }

  private RowRoutes find() {
    boolean labelsTokens = server.model().task() == ModelTask.TOKEN_CLASSIFICATION;
    boolean readsPairs = !labelsTokens && TextRows.readsPairs(server.model());
    RowRoute alone = labelsTokens ? ofTokens() : ofTexts();
    RowRoute pairs = readsPairs ? ofPairs() : null;
    if (readsPairs ? pairs == null : alone == null) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          server.describe()
              + " has no route on which it "
              + (labelsTokens
                  ? "labels tokens: "
                  : readsPairs ? "scores pairs of texts: " : "classifies texts: ")
              + String.join("; ", reasons)
              + ". Does it run the model as a classifier?");
    }
    return new RowRoutes(classifier.labels().size(), alone, pairs);
  }

  private @Nullable RowRoute ofTokens() {
    for (String path : server.places("/pooling")) {
      for (boolean base64 : new boolean[] {true, false}) {
        RowRoute route =
            answering(
                (extras, made) -> new PoolingRoute(server, path, base64, extras, made),
                path,
                Extras.NONE);
        if (route != null) {
          return route;
        }
        if (absent) {
          break;
        }
      }
    }
    return null;
  }

  private @Nullable RowRoute ofTexts() {
    Extras extra = server.settings().sendsTexts() ? cut : Extras.NONE;
    for (String path : server.places("/classify")) {
      RowRoute route =
          answering((extras, made) -> new ClassifyRoute(server, path, extras, made), path, extra);
      if (route != null) {
        return route;
      }
    }
    return null;
  }

  private @Nullable RowRoute ofPairs() {
    for (String path : server.places("/score")) {
      RowRoute route =
          answering((extras, made) -> new ScoreRoute(server, path, extras, made), path, cut);
      if (route != null) {
        return route;
      }
    }
    for (String path : server.places("/rerank")) {
      RowRoute route =
          answering((extras, made) -> new RerankRoute(server, path, extras, made), path, cut);
      if (route != null) {
        return route;
      }
    }
    return null;
  }

  /** The route, if the server has it and answers as the model does; else null, and a reason. */
  private @Nullable RowRoute answering(
      BiFunction<Extras, RouteScores, RowRoute> route, String path, Extras extra) {
    Extras activated = extra.withActivation(true);
    RouteScores unread = new RouteScores(classifier.activation(), true);
    float[][] scores = numbers(route.apply(activated, unread), path);
    if (scores == null && !absent) {
      // Some refuse fields that they do not know.
      activated = Extras.NONE;
      scores = numbers(route.apply(activated, unread), path);
    }
    if (scores == null) {
      reasons.add(reason);
      return null;
    }
    requireLabels(path, scores[0].length);
    Scores said = server.settings().scores();
    Extras raw = activated.activation() == null ? activated : activated.withActivation(false);
    if (said == Scores.ACTIVATED) {
      return route.apply(activated, new RouteScores(classifier.activation(), false));
    }
    if (said == Scores.RAW) {
      return route.apply(raw, unread);
    }
    float[][] numbers = raw.equals(activated) ? scores : numbers(route.apply(raw, unread), path);
    if (numbers == null) {
      reasons.add(reason);
      return null;
    }
    if (differ(numbers, scores)) {
      return route.apply(raw, unread);
    }
    Boolean isRaw = isRaw(numbers, path);
    return isRaw == null ? null : route.apply(raw, new RouteScores(classifier.activation(), isRaw));
  }

  /**
   * What a route answers; null, and the {@link #reason}, if it is not there or answers something
   * else.
   */
  private float @Nullable [][] numbers(RowRoute route, String path) {
    try {
      return rows.ask(route);
    } catch (RuntimeException thrown) {
      Throwable cause = Exceptions.unwrap(thrown);
      AcceleratorException failure = RowRoutes.firstFailure(server, thrown);
      absent =
          cause instanceof RefusedException refused
              && (refused.status() == 404 || refused.status() == 405 || refused.status() == 501);
      if (!absent
          && failure.category() != Category.INPUT
          && failure.category() != Category.OUTPUT) {
        throw failure;
      }
      reason = path + ": " + cause.getMessage();
      return null;
    }
  }

  private void requireLabels(String path, int count) {
    int labels = classifier.labels().size();
    if (count != labels) {
      throw new AcceleratorException(
          Category.MODEL,
          server.describe()
              + " gives "
              + count
              + " scores on "
              + path
              + ", and config.json of '"
              + server.model().name()
              + "' names "
              + labels
              + " labels. Give the folder of the model that the server runs.");
    }
  }

  private static boolean differ(float[][] some, float[][] others) {
    for (int row = 0; row < some.length; row++) {
      for (int i = 0; i < some[row].length; i++) {
        if (Math.abs(some[row][i] - others[row][i]) > SAME) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Whether numbers are raw, of a server that gives the same ones however it is asked. Null, and a
   * reason, if they are scores by another activation than the model's.
   */
  private @Nullable Boolean isRaw(float[][] numbers, String path) {
    if (classifier.activation() == Activation.NONE) {
      LOG.info(
          "{} gives the same numbers on {} whether it is asked for raw ones or not. They are taken"
              + " as they are, as config.json says.",
          server.describe(),
          path);
      return true;
    }
    boolean sumToOne = true;
    for (float[] row : numbers) {
      float sum = 0;
      for (float number : row) {
        if (!(number >= -RouteScores.SLACK && number <= 1 + RouteScores.SLACK)) {
          return true;
        }
        sum += number;
      }
      sumToOne &= Math.abs(sum - 1) <= RouteScores.SLACK;
    }
    if (sumToOne == (classifier.activation() == Activation.SOFTMAX)) {
      return false;
    }
    reasons.add(
        path
            + ": its scores "
            + (sumToOne ? "sum to 1, as a softmax's do" : "do not sum to 1")
            + ", config.json asks for "
            + classifier.activation()
            + ", and it gives no raw numbers. If that is wrong, write scores=raw or scores=activated");
    return null;
  }
}
