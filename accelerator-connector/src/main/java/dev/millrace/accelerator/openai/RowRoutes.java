package dev.millrace.accelerator.openai;

import static java.util.Objects.requireNonNull;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/**
 * The routes on which a server answers the rows of a model.
 *
 * @param numbers that each row gets
 * @param alone for rows that are one text; null if the server has none
 * @param pairs for rows that are two; null if the model reads none
 */
record RowRoutes(int numbers, @Nullable RowRoute alone, @Nullable RowRoute pairs) {

  /**
   * The route for some rows.
   *
   * @throws AcceleratorException of category INPUT if the server has none
   */
  RowRoute of(QuestionRows rows) {
    boolean arePairs = rows.seconds() != null;
    RowRoute route = arePairs ? pairs : alone;
    if (route == null) {
      throw new AcceleratorException(
          Category.INPUT,
          arePairs
              ? "the model does not read pairs of texts."
              : "the server only scores pairs of texts: it has no route /classify for one text by"
                  + " itself.");
    }
    if (!arePairs && rows.tokens().tokenTypes() != null) {
      throw new AcceleratorException(
          Category.INPUT,
          "the batch has tokens of pairs and not their texts, which the server reads.");
    }
    return route;
  }

  /**
   * Finds out how a server embeds: with vectors in base64, and where it refuses that, as numbers.
   * Blocks.
   */
  static RowRoutes embedding(OpenAiServer server, ServedModel served) {
    List<EmbeddingRoute> candidates = new ArrayList<>();
    if (server.settings().sendsTexts()) {
      candidates.add(
          new EmbeddingRoute(server, true, new Extras(null, served.longest(server.model()))));
    }
    candidates.add(new EmbeddingRoute(server, true, Extras.NONE));
    candidates.add(new EmbeddingRoute(server, false, Extras.NONE));
    AcceleratorException refusal = null;
    try (FirstRows rows = new FirstRows(server)) {
      for (EmbeddingRoute route : candidates) {
        try {
          return new RowRoutes(rows.ask(route)[0].length, route, null);
        } catch (RuntimeException thrown) {
          AcceleratorException failure = firstFailure(server, thrown);
          if (failure.category() != Category.INPUT) {
            throw failure;
          }
          refusal = failure;
        }
      }
    }
    throw new AcceleratorException(
        Category.CONFIGURATION,
        requireNonNull(refusal).getMessage()
            + (server.settings().sendsTexts()
                ? ""
                : " If it takes texts only and no tokens, add input=text."),
        refusal);
  }

  /** An exception for what a first question threw. */
  static AcceleratorException firstFailure(OpenAiServer server, RuntimeException thrown) {
    return server.failure(server.describe() + " on a first text", Exceptions.unwrap(thrown));
  }
}
