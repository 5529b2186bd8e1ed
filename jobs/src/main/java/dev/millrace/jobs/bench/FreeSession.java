package dev.millrace.jobs.bench;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.TextColumns;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import reactor.core.publisher.Mono;

/**
 * Answers each batch within the call, with vectors that nobody has written: a thread to hand it to
 * would cost something, and belongs to a device.
 */
final class FreeSession implements InferenceSession {

  private static final int DIMENSIONS = 384;
  private static final Field COLUMN =
      new Field(
          TextColumns.EMBEDDING,
          FieldType.notNullable(new ArrowType.FixedSizeList(DIMENSIONS)),
          List.of(
              new Field(
                  ListVector.DATA_VECTOR_NAME,
                  FieldType.notNullable(ElementType.FLOAT32.arrowType()),
                  null)));

  private final AcceleratorUri uri;
  private final Model model;
  private final MemoryScope scope = MemoryScope.open("session " + FreeConnector.URI);

  FreeSession(AcceleratorUri uri, Model model) {
    this.uri = uri;
    this.model = model;
  }

  @Override
  public AcceleratorUri accelerator() {
    return uri;
  }

  @Override
  public Model model() {
    return model;
  }

  @Override
  public Signature signature() {
    List<Long> tokens = List.of(TensorSpec.FREE, TensorSpec.FREE);
    return new Signature(
        List.of(
            new TensorSpec(TextColumns.INPUT_IDS, ElementType.INT64, tokens),
            new TensorSpec(TextColumns.ATTENTION_MASK, ElementType.INT64, tokens)),
        List.of(
            new TensorSpec(
                TextColumns.EMBEDDING,
                ElementType.FLOAT32,
                List.of(TensorSpec.FREE, (long) DIMENSIONS))));
  }

  @Override
  public boolean batchInvariant() {
    return true;
  }

  @Override
  public boolean runsRowsAlone() {
    return false;
  }

  @Override
  public int parallelism() {
    return 1;
  }

  /** So few that the texts that wait are all different: what is shared would not be measured. */
  @Override
  public int suggestedTokens(int width) {
    return 2048;
  }

  @Override
  public Mono<ArrowBatch> infer(ArrowBatch batch) {
    return Mono.fromCallable(() -> batch.withColumns(scope, List.of(column(batch.rowCount()))));
  }

  private FixedSizeListVector column(int rows) {
    FixedSizeListVector column = (FixedSizeListVector) COLUMN.createVector(scope.allocator());
    try (ArrowBuf data = scope.allocator().buffer((long) rows * DIMENSIONS * Float.BYTES)) {
      column
          .getChildrenFromFields()
          .get(0)
          .loadFieldBuffers(
              new ArrowFieldNode((long) rows * DIMENSIONS, 0), Arrays.asList(null, data));
      column.loadFieldBuffers(new ArrowFieldNode(rows, 0), Collections.singletonList(null));
    }
    return column;
  }

  @Override
  public void close() {
    scope.close();
  }
}
