package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.schemas.DeadLetter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.arrow.vector.BigIntVector;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The columnar operator in Flink's harness, step by step. */
class ColumnarEmbeddingOperatorTest {

  private static final Duration LATENCY = Duration.ofMillis(20);

  private static ColumnarBench start(InferenceSettings settings) throws Exception {
    return new ColumnarBench(settings, null);
  }

  @Test
  void rowsOfSeveralBatchesAreInferredTogetherAndComeBackInTheirPlaces() throws Exception {
    try (ColumnarBench bench = start(OperatorBench.settings(4, 8, OutputOrder.ORDERED))) {
      String longText = "many words ".repeat(20);
      bench.texts(0, "text 0", longText + 1, "text 2");
      bench.texts(3, longText + 3, "text 4", "text 5");
      bench.watermark(5);
      assertThat(bench.steering().calls()).singleElement().matches(call -> call.rows() == 4);
      bench.answerAll();
      assertThat(bench.output()).isEmpty();
      bench.pass(LATENCY);
      bench.answerAll();
      List<Object> output = bench.output();
      assertThat(output).hasSize(3);
      assertRows(output.get(0), 0, "text 0", longText + 1, "text 2");
      assertRows(output.get(1), 3, longText + 3, "text 4", "text 5");
      assertThat(output.get(2)).isEqualTo("W 5");
    }
  }

  private static void assertRows(Object batch, int firstId, @Nullable String... texts) {
    assertThat(batch).isInstanceOf(List.class);
    List<?> rows = (List<?>) batch;
    assertThat(rows).hasSize(texts.length);
    for (int i = 0; i < texts.length; i++) {
      ColumnarBench.Row row = (ColumnarBench.Row) rows.get(i);
      assertThat(row.id()).isEqualTo(firstId + i);
      String text = texts[i];
      if (text == null) {
        assertThat(row.vector()).isNull();
      } else {
        assertThat(row.vector()).isEqualTo(Arrays.toString(OperatorBench.expected(text)));
      }
    }
  }

  @Test
  void rowsWithoutATextAreNullAndDeadLettersAsBatchesOfOneRow() throws Exception {
    try (ColumnarBench bench = start(OperatorBench.settings(2, 4, OutputOrder.ORDERED))) {
      bench.texts(0, "text 0", null, "  ", "text 3");
      bench.texts(4, null, null);
      bench.answerAll();
      List<Object> output = bench.output();
      assertRows(output.get(0), 0, "text 0", null, null, "text 3");
      assertRows(output.get(1), 4, null, null);
      assertThat(bench.deadLetters()).hasSize(4);
      assertThat(idOf(bench.deadLetters().get(1))).isEqualTo(2);
      assertThat(bench.deadLetters().get(1).getReason()).startsWith("The row's text is blank.");
    }
  }

  private static long idOf(DeadLetter letter) throws Exception {
    try (ArrowBatch row =
        ArrowBatchSerializer.INSTANCE.deserialize(
            new DataInputDeserializer(letter.getPayload().duplicate()))) {
      assertThat(row.rowCount()).isEqualTo(1);
      return ((BigIntVector) row.requireColumn("id")).get(0);
    }
  }

  @Test
  void anEmptyBatchGoesThroughInItsPlace() throws Exception {
    try (ColumnarBench bench = start(OperatorBench.settings(1, 4, OutputOrder.ORDERED))) {
      bench.texts(0, "text 0");
      bench.texts(1);
      assertThat(bench.output()).isEmpty();
      bench.answerAll();
      assertThat(bench.output()).hasSize(2).last().isEqualTo(List.of());
    }
  }

  @Test
  void tokensGoToTheAcceleratorAsTheyAre() throws Exception {
    try (ColumnarBench bench = start(OperatorBench.settings(2, 4, OutputOrder.ORDERED))) {
      bench.tokens(0, new long[] {101, 7, 102}, new long[] {101, 8, 102}, new long[] {101, 9, 102});
      assertThat(bench.steering().calls()).singleElement().matches(call -> call.rows() == 3);
      bench.answerAll();
      List<?> rows = (List<?>) bench.output().get(0);
      assertThat(((ColumnarBench.Row) rows.get(1)).vector())
          .isEqualTo(Arrays.toString(Steering.vectorOf(new long[] {101, 8, 102})));
    }
  }

  @Test
  void tokensOverTheBudgetGoInSlices() throws Exception {
    InferenceSettings settings =
        OperatorBench.with(
            OperatorBench.settings(2, 4, OutputOrder.ORDERED), InferenceOptions.TOKEN_BUDGET, 7);
    try (ColumnarBench bench = start(settings)) {
      bench.tokens(0, new long[] {101, 7, 102}, new long[] {101, 8, 102}, new long[] {101, 9, 102});
      assertThat(bench.steering().calls()).extracting(SteeredCall::rows).containsExactly(2, 1);
      bench.answerAll();
      List<?> rows = (List<?>) bench.output().get(0);
      for (int i = 0; i < 3; i++) {
        assertThat(((ColumnarBench.Row) rows.get(i)).vector())
            .isEqualTo(Arrays.toString(Steering.vectorOf(new long[] {101, 7 + i, 102})));
      }
    }
  }

  @Test
  void theBadRowOfTokensIsFound() throws Exception {
    float[] poison = Steering.vectorOf(new long[] {101, 9, 102});
    try (ColumnarBench bench = start(OperatorBench.settings(2, 4, OutputOrder.ORDERED))) {
      bench
          .steering()
          .onCall(
              call -> {
                for (int row = 0; row < call.rows(); row++) {
                  if (Arrays.equals(call.vector(row), poison)) {
                    call.fail(new AcceleratorException(Category.INPUT, "refused"));
                    return;
                  }
                }
                call.answer();
              });
      bench.tokens(0, new long[] {101, 7, 102}, new long[] {101, 8, 102}, new long[] {101, 9, 102});
      bench.answerAll();
      List<?> rows = (List<?>) bench.output().get(0);
      assertThat(((ColumnarBench.Row) rows.get(0)).vector()).isNotNull();
      assertThat(((ColumnarBench.Row) rows.get(1)).vector()).isNotNull();
      assertThat(((ColumnarBench.Row) rows.get(2)).vector()).isNull();
      assertThat(bench.deadLetters()).hasSize(1);
      assertThat(idOf(bench.deadLetters().get(0))).isEqualTo(2);
    }
  }

  @Test
  void aBatchWithoutItsTextColumnSaysWhatItHas() throws Exception {
    ColumnarBench bench = start(OperatorBench.settings(2, 4, OutputOrder.ORDERED));
    try (bench) {
      assertThatThrownBy(() -> bench.withoutText(0, 3))
          .isInstanceOf(AcceleratorException.class)
          .hasMessageContaining("no column 'text'")
          .hasMessageContaining("id");
    }
  }

  @ParameterizedTest
  @EnumSource(OutputOrder.class)
  void generatedHistoriesGiveEveryBatchOnceAndInOrder(OutputOrder order) throws Exception {
    long firstSeed = Long.getLong("millrace.test.seed", System.nanoTime());
    for (int history = 0; history < 25; history++) {
      long seed = firstSeed + history;
      try {
        run(new Random(seed), order);
      } catch (Throwable failure) {
        throw new AssertionError(
            "A history failed. Repeat it with -Dmillrace.test.seed=" + seed, failure);
      }
    }
  }

  private static void run(Random random, OutputOrder order) throws Exception {
    InferenceSettings settings =
        OperatorBench.with(
            OperatorBench.settings(1 + random.nextInt(4), 40, order),
            InferenceOptions.CACHE_SIZE,
            random.nextBoolean() ? MemorySize.ofMebiBytes(2) : MemorySize.ZERO);
    ColumnarBench bench = start(settings);
    List<List<String>> batches = new ArrayList<>();
    List<Object> out = new ArrayList<>();
    OperatorSubtaskState state = bench.snapshot(1);
    int inAtCheckpoint = 0;
    List<Object> outAtCheckpoint = List.of();
    for (int step = 0; step < 30; step++) {
      switch (random.nextInt(6)) {
        case 0, 1, 2 -> {
          List<String> texts = new ArrayList<>();
          for (int row = random.nextInt(4); row >= 0; row--) {
            int number = random.nextInt(30);
            texts.add("text " + number + " and more".repeat(number % 4));
          }
          batches.add(texts);
          bench.texts(batches.size() * 10, texts.toArray(String[]::new));
        }
        case 3 -> {
          List<SteeredCall> open = bench.steering().open();
          if (!open.isEmpty()) {
            open.get(random.nextInt(open.size())).answer();
          }
        }
        case 4 -> bench.pass(Duration.ofMillis(random.nextInt(30)));
        default -> {
          out.addAll(bench.output());
          if (random.nextBoolean()) {
            state = bench.snapshot(step + 2L);
            inAtCheckpoint = batches.size();
            outAtCheckpoint = List.copyOf(out);
          } else {
            bench.close();
            bench.steering().open().forEach(SteeredCall::answer);
            out = new ArrayList<>(outAtCheckpoint);
            bench = new ColumnarBench(settings, state);
            for (int i = inAtCheckpoint; i < batches.size(); i++) {
              bench.texts((i + 1) * 10, batches.get(i).toArray(String[]::new));
            }
          }
        }
      }
      bench.runMails();
    }
    try (ColumnarBench last = bench) {
      for (int round = 0; round < 3; round++) {
        last.pass(Duration.ofMillis(200));
        last.answerAll();
      }
      out.addAll(last.output());
    }
    assertThat(out).hasSize(batches.size());
    if (order == OutputOrder.UNORDERED) {
      out.sort((a, b) -> Long.compare(firstId(a), firstId(b)));
    }
    for (int i = 0; i < batches.size(); i++) {
      assertRows(out.get(i), (i + 1) * 10, batches.get(i).toArray(String[]::new));
    }
  }

  private static long firstId(Object batch) {
    return ((ColumnarBench.Row) ((List<?>) batch).get(0)).id();
  }
}
