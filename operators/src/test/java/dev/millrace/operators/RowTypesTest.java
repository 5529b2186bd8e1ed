package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.formats.avro.typeutils.AvroSerializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Savepoints that are resumed by a job whose rows have changed. */
class RowTypesTest {

  private static final Schema OLD =
      SchemaBuilder.record("Review").fields().requiredString("text").requiredInt("id").endRecord();

  /** A field more, in front, so that reading by place would be noticed. */
  private static final Schema NEW =
      SchemaBuilder.record("Review")
          .fields()
          .name("language")
          .type()
          .stringType()
          .stringDefault("en")
          .requiredString("text")
          .requiredInt("id")
          .endRecord();

  private static final Schema OTHER =
      SchemaBuilder.record("Review").fields().requiredString("title").endRecord();

  private static OneInputStreamOperatorTestHarness<GenericRecord, String> start(
      InferenceSettings settings, Schema schema, @Nullable OperatorSubtaskState state)
      throws Exception {
    return start(
        settings,
        new AvroSerializer<>(GenericRecord.class, schema),
        row -> row.get("text").toString(),
        state);
  }

  private static <T> OneInputStreamOperatorTestHarness<T, String> start(
      InferenceSettings settings,
      TypeSerializer<T> rows,
      TextOf<T> text,
      @Nullable OperatorSubtaskState state)
      throws Exception {
    EmbeddingOperatorFactory<T, String> factory =
        new EmbeddingOperatorFactory<>(settings, text, (row, vector) -> row.toString());
    OneInputStreamOperatorTestHarness<T, String> harness =
        new OneInputStreamOperatorTestHarness<>(factory, rows);
    harness.setup(StringSerializer.INSTANCE);
    if (state == null) {
      harness.initializeEmptyState();
    } else {
      harness.initializeState(state);
    }
    harness.open();
    return harness;
  }

  private static OperatorSubtaskState savepoint(InferenceSettings settings, int rows)
      throws Exception {
    try (OneInputStreamOperatorTestHarness<GenericRecord, String> job =
        start(settings, OLD, null)) {
      for (int id = 0; id < rows; id++) {
        job.processElement(
            new StreamRecord<>(
                new GenericRecordBuilder(OLD).set("text", "text " + id).set("id", id).build()));
      }
      OperatorSubtaskState state = job.snapshot(1, 1);
      answerAll(settings, job);
      return state;
    }
  }

  private static void answerAll(
      InferenceSettings settings, OneInputStreamOperatorTestHarness<?, ?> job) throws Exception {
    job.setProcessingTime(job.getProcessingTime() + 20);
    Steering.named(settings.accelerator().substring("steered:".length()))
        .open()
        .forEach(SteeredCall::answer);
    for (Optional<Mail> mail = job.getTaskMailbox().tryTake(0);
        mail.isPresent();
        mail = job.getTaskMailbox().tryTake(0)) {
      mail.get().run();
    }
  }

  private static InferenceSettings settings() {
    return OperatorBench.settings(8, 8, OutputOrder.ORDERED);
  }

  @Test
  void rowsOfAnOlderSchemaBecomeRowsOfTheNewerOne() throws Exception {
    InferenceSettings settings = settings();
    OperatorSubtaskState old = savepoint(settings, 3);
    OperatorSubtaskState next;
    try (OneInputStreamOperatorTestHarness<GenericRecord, String> job = start(settings, NEW, old)) {
      next = job.snapshot(2, 2);
      answerAll(settings, job);
      assertThat(job.extractOutputValues())
          .containsExactly(
              "{\"language\": \"en\", \"text\": \"text 0\", \"id\": 0}",
              "{\"language\": \"en\", \"text\": \"text 1\", \"id\": 1}",
              "{\"language\": \"en\", \"text\": \"text 2\", \"id\": 2}");
    }
    try (OneInputStreamOperatorTestHarness<GenericRecord, String> job =
        start(settings, NEW, next)) {
      answerAll(settings, job);
      assertThat(job.extractOutputValues()).hasSize(3);
    }
  }

  @Test
  void rowsThatCannotBeReadAreToldWithWhatToDo() throws Exception {
    InferenceSettings settings = settings();
    OperatorSubtaskState old = savepoint(settings, 3);
    assertThatThrownBy(() -> start(settings, OTHER, old).close())
        .hasStackTraceContaining("The checkpoint holds rows as")
        .hasStackTraceContaining("checkpoint-mode");
    assertThatThrownBy(() -> start(settings, StringSerializer.INSTANCE, row -> row, old).close())
        .hasStackTraceContaining("The checkpoint holds rows as");
  }

  @Test
  void aSavepointWithoutRowsSaysNothingOfTheirType() throws Exception {
    InferenceSettings settings = settings();
    OperatorSubtaskState empty = savepoint(settings, 0);
    try (OneInputStreamOperatorTestHarness<String, String> job =
        start(settings, StringSerializer.INSTANCE, row -> row, empty)) {
      job.processElement(new StreamRecord<>("text 0"));
      answerAll(settings, job);
      assertThat(job.extractOutputValues()).containsExactly("text 0");
    }
  }
}
