package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The texts of histories: of several lengths, some again and again, some bad. */
final class HistoryTexts {

  /** So many numbers have a text each. */
  static final int COUNT = 40;

  private static final String REFUSED = "poison 5";
  private static final String NOT_A_NUMBER = "overflow 7";

  private HistoryTexts() {}

  static @Nullable String of(int number) {
    return switch (number % COUNT) {
      case 0 -> null;
      case 1 -> "  ";
      case 2, 3 -> REFUSED;
      case 4 -> NOT_A_NUMBER;
      default -> "text " + number % 17 + " and more".repeat(number % 4);
    };
  }

  static boolean isBad(@Nullable String text) {
    return text == null || text.isBlank() || text.equals(REFUSED) || text.equals(NOT_A_NUMBER);
  }

  /** Answers a call as a device would that cannot infer the bad ones. */
  static void respond(SteeredCall call) {
    for (int row = 0; row < call.rows(); row++) {
      float[] vector = call.vector(row);
      if (Arrays.equals(vector, OperatorBench.expected(REFUSED))) {
        call.fail(new AcceleratorException(Category.INPUT, "It is refused."));
        return;
      }
      if (Arrays.equals(vector, OperatorBench.expected(NOT_A_NUMBER))) {
        call.fail(new AcceleratorException(Category.OUTPUT, "It is not a number."));
        return;
      }
    }
    call.answer();
  }
}
