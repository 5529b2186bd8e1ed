package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException.Category;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Settings, and what happens to an operator that has them. */
record History(Setup setup, List<Step> steps) {

  private static final int MOST_STEPS = 30;

  /** What the settings are; the rest is the same for all. */
  record Setup(
      OutputOrder order,
      CheckpointMode mode,
      OnBadRow onBadRow,
      int batchRows,
      int maxInFlight,
      int maxRows,
      boolean cached,
      boolean objectReuse) {}

  static History generate(Random random, OutputOrder order, CheckpointMode mode) {
    Setup setup =
        new Setup(
            order,
            mode,
            random.nextInt(3) == 0 ? OnBadRow.NULL : OnBadRow.DEAD_LETTER,
            1 + random.nextInt(4),
            1 + random.nextInt(4),
            random.nextBoolean() ? 1 + random.nextInt(6) : 100,
            random.nextBoolean(),
            random.nextBoolean());
    List<Step> steps = new ArrayList<>();
    for (int i = 3 + random.nextInt(MOST_STEPS); i > 0; i--) {
      steps.add(step(random));
      if (random.nextInt(3) > 0) {
        steps.add(new Step.Mails(random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(3)));
      }
    }
    return new History(setup, steps);
  }

  private static Step step(Random random) {
    return switch (random.nextInt(32)) {
      case 0, 1, 2 -> new Step.Watermark(1 + random.nextInt(5));
      case 3 -> new Step.Idle(random.nextBoolean());
      case 4 -> new Step.Marker();
      case 5 -> new Step.Backlog(random.nextBoolean());
      case 6, 7, 8, 9, 10, 11, 12 -> new Step.Respond(random.nextInt(8));
      case 13, 14 -> new Step.Fault(random.nextInt(8), fault(random));
      case 15 -> new Step.Malformed(random.nextInt(8));
      case 16, 17 -> new Step.Pass(1 + random.nextInt(30));
      case 18 -> new Step.Pass(1 + random.nextInt(70_000));
      case 19, 20 -> new Step.Checkpoint(random.nextInt(4) > 0);
      case 21 -> new Step.Restart();
      default -> new Step.Row(random.nextInt(HistoryTexts.COUNT), random.nextInt(5));
    };
  }

  private static Category fault(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> Category.OUT_OF_MEMORY;
      case 1 -> Category.UNAVAILABLE;
      case 2 -> Category.TIMEOUT;
      default -> Category.DEVICE;
    };
  }

  History withSteps(List<Step> others) {
    return new History(setup, others);
  }

  @Override
  public String toString() {
    return setup
        + "\n"
        + steps.stream().map(step -> "  " + step).collect(Collectors.joining("\n"))
        + "\n";
  }
}
